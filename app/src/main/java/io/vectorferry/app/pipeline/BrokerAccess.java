package io.vectorferry.app.pipeline;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.deploy.EmbeddedBroker;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/** Where the pipeline's broker is; the embedded one ends with this. */
public final class BrokerAccess implements AutoCloseable {
    private final KafkaConnection kafka;
    private final @Nullable EmbeddedBroker embedded;

    private BrokerAccess(KafkaConnection kafka, @Nullable EmbeddedBroker embedded) {
        this.kafka = kafka;
        this.embedded = embedded;
    }

    /** The outside cluster, else an embedded broker that this process owns. */
    public static BrokerAccess own(PipelineConfig config) {
        Optional<String> outside = config.kafka().bootstrapServers();
        return outside.isPresent() ? at(config, outside.get()) : started(config);
    }

    /** As {@link #own}, but a broker that another process runs on the data directory is used. */
    public static BrokerAccess shared(PipelineConfig config) {
        Optional<String> outside = config.kafka().bootstrapServers();
        if (outside.isPresent()) {
            return at(config, outside.get());
        }
        String running = EmbeddedBroker.lastAddress(directory(config));
        return running != null && EmbeddedBroker.isRunning(directory(config))
                ? embedded(config, running)
                : started(config);
    }

    /** The outside cluster or the broker that another process runs; none is started. */
    public static BrokerAccess running(PipelineConfig config) {
        Optional<String> outside = config.kafka().bootstrapServers();
        if (outside.isPresent()) {
            return at(config, outside.get());
        }
        String running = EmbeddedBroker.lastAddress(directory(config));
        if (running == null || !EmbeddedBroker.isRunning(directory(config))) {
            throw FerryException.misconfigured(
                    "pipeline %s is not running on %s".formatted(config.pipeline(), config.dataDir()),
                    "Start it with `ferry run`; two stores that stand still are compared by `ferry verify --no-pipeline`.");
        }
        return embedded(config, running);
    }

    public KafkaConnection kafka() {
        return kafka;
    }

    public void ensure(Topics topics) {
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
    }

    private static BrokerAccess at(PipelineConfig config, String address) {
        return new BrokerAccess(new KafkaConnection(address, config.kafka().clientSettings()), null);
    }

    /** Settings for an outside cluster, such as security, would not fit ours. */
    private static BrokerAccess embedded(PipelineConfig config, String address) {
        return new BrokerAccess(new KafkaConnection(address, EmbeddedBroker.clientSettings(directory(config))), null);
    }

    private static BrokerAccess started(PipelineConfig config) {
        Path directory = directory(config);
        if (EmbeddedBroker.isRunning(directory)) {
            throw FerryException.misconfigured(
                    "another process runs this pipeline's broker on " + directory,
                    "Stop that one, or give this one its own data.dir.");
        }
        try {
            EmbeddedBroker broker = EmbeddedBroker.startForOwner(directory);
            return new BrokerAccess(new KafkaConnection(broker.bootstrapServers(), broker.clientSettings()), broker);
        } catch (IllegalStateException e) {
            throw FerryException.misconfigured(
                    String.valueOf(e.getMessage()),
                    "Check that %s is writable and has free space.".formatted(directory),
                    e);
        }
    }

    private static Path directory(PipelineConfig config) {
        return config.dataDir().resolve("kafka");
    }

    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }
}
