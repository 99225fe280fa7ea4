package io.vectorferry.deploy.broker;

import io.vectorferry.deploy.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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
    private final Optional<BrokerLogin> login;
    private final KafkaRaftServer server;
    private final DirectoryLock lock;

    private EmbeddedBroker(int port, Optional<BrokerLogin> login, KafkaRaftServer server, DirectoryLock lock) {
        this.port = port;
        this.login = login;
        this.server = server;
        this.lock = lock;
    }

    /**
     * Starts a broker that only those can connect to who can read the directory.
     *
     * @throws IllegalStateException when another process runs a broker there
     */
    public static EmbeddedBroker startForOwner(Path directory) {
        return start(directory, true);
    }

    /** Like {@link #startForOwner}, but open to every user of the machine: tests use it as an external cluster. */
    public static EmbeddedBroker start(Path directory) {
        return start(directory, false);
    }

    private static EmbeddedBroker start(Path directory, boolean forOwner) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        @Nullable KafkaRaftServer server = null;
        try {
            Optional<BrokerLogin> login = forOwner ? Optional.of(BrokerLogin.of(directory)) : Optional.empty();
            Path log = directory.toAbsolutePath().resolve("log");
            int port = portOf(directory);
            BrokerSettings settings = new BrokerSettings(log, FreePort.any(), login);
            settings.format();
            LostMarkers.write(log);
            LeftoverRegistration.withdraw(settings);
            server = new KafkaRaftServer(settings.ofNode(port), Time.SYSTEM);
            server.startup();
            EmbeddedBroker broker = new EmbeddedBroker(port, login, server, lock);
            TransactionLog.makeDurable(broker.bootstrapServers(), broker.clientSettings());
            Files.writeString(directory.resolve(ADDRESS_FILE), broker.bootstrapServers());
            return broker;
        } catch (Exception e) {
            try (lock) {
                if (server != null) {
                    server.shutdown();
                }
            }
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

    /** Returns how clients of a broker for its owner connect, whether it runs or not. */
    public static Map<String, String> clientSettings(Path directory) {
        return BrokerLogin.of(directory).clientSettings();
    }

    /** Returns how a client connects, beside the address. */
    public Map<String, String> clientSettings() {
        return login.map(BrokerLogin::clientSettings).orElse(Map.of());
    }

    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    @Override
    public void close() {
        try (lock) {
            try {
                TransactionLog.awaitEnds(bootstrapServers(), clientSettings());
            } finally {
                server.shutdown();
                server.awaitShutdown();
            }
        }
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
