package io.vectorferry.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * A single-node KRaft broker on a data directory, on loopback, set for exactly-once with one replica. Survives restarts
 * and kill -9 of its process; one process at a time owns the directory.
 */
public final class EmbeddedBroker implements AutoCloseable {
    private static final String ADDRESS_FILE = "bootstrap.servers";
    private static final int MESSAGE_MAX_BYTES = 33 * 1024 * 1024;

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
            int controllerPort = FreePort.any();
            format(log);
            KafkaRaftServer server =
                    new KafkaRaftServer(new KafkaConfig(settings(log, port, controllerPort), false), Time.SYSTEM);
            server.startup();
            Files.writeString(directory.resolve(ADDRESS_FILE), "127.0.0.1:" + port);
            return new EmbeddedBroker(port, server, lock);
        } catch (Exception e) {
            lock.close();
            throw new IllegalStateException("the embedded broker on %s did not start".formatted(directory), e);
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

    private static void format(Path log) throws Exception {
        if (Files.exists(log.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setNodeId(1)
                .setClusterId(Uuid.randomUuid().toString())
                .addDirectory(log.toString())
                .setMetadataLogDirectory(log.toString())
                .setControllerListenerName("CONTROLLER")
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setIgnoreFormatted(true)
                .setPrintStream(new java.io.PrintStream(
                        java.io.OutputStream.nullOutputStream(), true, java.nio.charset.StandardCharsets.UTF_8))
                .run();
    }

    private static Map<String, String> settings(Path log, int port, int controllerPort) {
        Map<String, String> settings = new HashMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@127.0.0.1:" + controllerPort);
        settings.put("listeners", "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(port, controllerPort));
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("log.dirs", log.toString());
        for (String single : List.of(
                "offsets.topic.replication.factor",
                "transaction.state.log.replication.factor",
                "transaction.state.log.min.isr",
                "share.coordinator.state.topic.replication.factor",
                "share.coordinator.state.topic.min.isr",
                "default.replication.factor")) {
            settings.put(single, "1");
        }
        // 50 partitions each by default, which one node only pays for at its first use.
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("auto.create.topics.enable", "false");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(16 * 1024 * 1024));
        settings.put("message.max.bytes", Integer.toString(MESSAGE_MAX_BYTES));
        settings.put("replica.fetch.max.bytes", Integer.toString(MESSAGE_MAX_BYTES));
        settings.put("socket.request.max.bytes", Integer.toString(4 * MESSAGE_MAX_BYTES));
        // After kill -9 a start waits for the old broker's session to end: 2 s instead of 9.
        settings.put("broker.session.timeout.ms", "2000");
        settings.put("broker.heartbeat.interval.ms", "500");
        return settings;
    }
}
