package io.vectorferry.app.pipeline;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.broker.LogFiles;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Access to the pipeline's broker; closing it stops the embedded one. */
public final class BrokerAccess implements AutoCloseable {
    private final KafkaConnection kafka;
    private final @Nullable Embedded embedded;

    /** A broker that ends with this, and its log. */
    private record Embedded(EmbeddedBroker broker, EmbeddedLog log) {}

    private BrokerAccess(KafkaConnection kafka, @Nullable Embedded embedded) {
        this.kafka = kafka;
        this.embedded = embedded;
    }

    /** The outside cluster, else an embedded broker that this process owns. */
    public static BrokerAccess own(PipelineConfig config) {
        Optional<String> outside = config.kafka().bootstrapServers();
        return outside.isPresent() ? at(config, outside.get()) : started(config);
    }

    /** Like {@link #own}, but uses a broker that another process runs on the data directory. */
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
                    "Start it with `ferry run`, or compare two stores that do not change with `ferry verify --no-pipeline`.");
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

    /** Returns where the topic's partitions end, when this process has just started their broker. */
    public Map<Integer, Long> endsAtStart(TopicSpec<?, ?> topic) {
        return embedded == null ? Map.of() : ends(topic);
    }

    /** Returns where a topic of one partition ends now. */
    public long end(TopicSpec<?, ?> topic) {
        return ends(topic).getOrDefault(0, 0L);
    }

    private Map<Integer, Long> ends(TopicSpec<?, ?> topic) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            latest.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
        }
        Map<Integer, Long> ends = new HashMap<>();
        try (Admin admin = kafka.admin()) {
            admin.listOffsets(latest).all().get().forEach((at, end) -> ends.put(at.partition(), end.offset()));
            return ends;
        } catch (ExecutionException e) {
            throw FerryException.retryable("Kafka does not say where %s ends".formatted(topic.name()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while the end of %s was asked for".formatted(topic.name()), e);
        }
    }

    /** The files of the broker that ends with this. */
    public Optional<LogFiles> files() {
        return Optional.ofNullable(embedded).map(own -> own.log().files());
    }

    private static BrokerAccess at(PipelineConfig config, String address) {
        return new BrokerAccess(new KafkaConnection(address, config.kafka().clientSettings()), null);
    }

    /** Settings for an outside cluster, such as security, would not fit ours. */
    private static BrokerAccess embedded(PipelineConfig config, String address) {
        Path directory = directory(config);
        return new BrokerAccess(
                new KafkaConnection(address, EmbeddedBroker.clientSettings(directory), new EmbeddedLog(directory)),
                null);
    }

    private static BrokerAccess started(PipelineConfig config) {
        Path directory = directory(config);
        if (EmbeddedBroker.isRunning(directory)) {
            throw FerryException.misconfigured(
                    "another process runs this pipeline's broker on " + directory,
                    "Stop that process, or use another data.dir for this pipeline.");
        }
        try {
            EmbeddedBroker broker = EmbeddedBroker.startForOwner(directory);
            EmbeddedLog log = new EmbeddedLog(directory);
            return new BrokerAccess(
                    new KafkaConnection(broker.bootstrapServers(), broker.clientSettings(), log),
                    new Embedded(broker, log));
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
            embedded.broker().close();
        }
    }
}
