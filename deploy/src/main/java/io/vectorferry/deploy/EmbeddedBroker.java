package io.vectorferry.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A single-node KRaft broker on a data directory, on loopback, set for exactly-once with one replica. Survives restarts
 * and kill -9 of its process; one process at a time owns the directory.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final String ADDRESS_FILE = "bootstrap.servers";

    private final int port;
    private final KafkaRaftServer server;
    private final DirectoryLock lock;

    private EmbeddedBroker(int port, KafkaRaftServer server, DirectoryLock lock) {
        this.port = port;
        this.server = server;
        this.lock = lock;
    }

    /** @throws IllegalStateException when another process runs a broker there */
    public static EmbeddedBroker start(Path directory) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            Path log = directory.toAbsolutePath().resolve("log");
            int port = portOf(directory);
            BrokerSettings settings = new BrokerSettings(log, FreePort.any());
            settings.format();
            LeftoverRegistration.withdraw(settings);
            KafkaRaftServer server = new KafkaRaftServer(settings.ofNode(port), Time.SYSTEM);
            server.startup();
            Files.writeString(directory.resolve(ADDRESS_FILE), "127.0.0.1:" + port);
            return new EmbeddedBroker(port, server, lock);
        } catch (Exception e) {
            lock.close();
            throw new IllegalStateException("the embedded broker on %s did not start: %s".formatted(directory, e), e);
        }
    }

    /** The address of the broker that last ran on the directory, running or not; null when none ever did. */
    public static @Nullable String lastAddress(Path directory) {
        try {
            Path file = directory.resolve(ADDRESS_FILE);
            return Files.exists(file) ? Files.readString(file).strip() : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether some process holds the directory at this moment. */
    public static boolean isRunning(Path directory) {
        return DirectoryLock.isHeld(directory);
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        lock.close();
    }

    /** The port of the last start while it is free, so that clients that outlive a restart find the broker again. */
    private static int portOf(Path directory) {
        String last = lastAddress(directory);
        if (last != null) {
            int port = Integer.parseInt(last.substring(last.lastIndexOf(':') + 1));
            if (FreePort.isFree(port)) {
                return port;
            }
        }
        return FreePort.any();
    }
}
