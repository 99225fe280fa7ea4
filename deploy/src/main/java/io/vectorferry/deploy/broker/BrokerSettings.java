package io.vectorferry.deploy.broker;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kafka.server.KafkaConfig;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * How the one node on a directory is set up: for exactly-once with one replica, on loopback.
 *
 * @param log where the node keeps everything
 * @param login empty: every user of the machine may connect
 */
record BrokerSettings(Path log, int controllerPort, Optional<BrokerLogin> login) {
    static final int NODE = 1;
    static final int TRANSACTION_PARTITIONS = 4;

    private static final int MESSAGE_MAX_BYTES = 33 * 1024 * 1024;
    private static final int CLEANER_BUFFER_BYTES = 16 * 1024 * 1024;

    /** Nobody can take over from the only node: a pause of the process must never fence it (see {@link LeftoverRegistration}). */
    private static final Duration SESSION = Duration.ofDays(1);

    void format() throws Exception {
        if (Files.exists(log.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setNodeId(NODE)
                .setClusterId(Uuid.randomUuid().toString())
                .addDirectory(log.toString())
                .setMetadataLogDirectory(log.toString())
                .setControllerListenerName("CONTROLLER")
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setIgnoreFormatted(true)
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8))
                .run();
    }

    /** The controller alone, with no broker beside it. */
    KafkaConfig ofController() {
        Map<String, String> settings = shared();
        settings.put("process.roles", "controller");
        settings.put("listeners", controllerListener());
        return new KafkaConfig(settings, false);
    }

    KafkaConfig ofNode(int port) {
        Map<String, String> settings = shared();
        settings.put("process.roles", "broker,controller");
        settings.put("listeners", "BROKER://127.0.0.1:%d,%s".formatted(port, controllerListener()));
        settings.put("inter.broker.listener.name", "BROKER");
        return new KafkaConfig(settings, false);
    }

    private String controllerListener() {
        return "CONTROLLER://127.0.0.1:" + controllerPort;
    }

    private Map<String, String> shared() {
        Map<String, String> settings = new HashMap<>();
        settings.put("node.id", Integer.toString(NODE));
        settings.put("controller.quorum.voters", "%d@127.0.0.1:%d".formatted(NODE, controllerPort));
        settings.put("controller.listener.names", "CONTROLLER");
        String protocol = login.isPresent() ? "SASL_PLAINTEXT" : "PLAINTEXT";
        settings.put("listener.security.protocol.map", "BROKER:%s,CONTROLLER:%s".formatted(protocol, protocol));
        login.ifPresent(known -> settings.putAll(known.brokerSettings()));
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
        settings.put("transaction.state.log.num.partitions", Integer.toString(TRANSACTION_PARTITIONS));
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("auto.create.topics.enable", "false");
        // For the few clients of one process; each idle thread wakes three times a second.
        settings.put("num.io.threads", "4");
        settings.put("num.network.threads", "2");
        settings.put("group.coordinator.threads", "1");
        // Twice a second the controller would write, and fsync, that there is nothing to write.
        settings.put("metadata.max.idle.interval.ms", "0");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(CLEANER_BUFFER_BYTES));
        settings.put("message.max.bytes", Integer.toString(MESSAGE_MAX_BYTES));
        settings.put("replica.fetch.max.bytes", Integer.toString(MESSAGE_MAX_BYTES));
        settings.put("socket.request.max.bytes", Integer.toString(4 * MESSAGE_MAX_BYTES));
        // There is nobody to hand the partitions to; giving them up while transactions end opens the same gap.
        settings.put("controlled.shutdown.enable", "false");
        settings.put("broker.session.timeout.ms", Long.toString(SESSION.toMillis()));
        return settings;
    }
}
