package io.vectorferry.contracts.kafka;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.GroupProtocol;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.Uuid;

/**
 * The broker's address and client settings; creates every Kafka client of a pipeline.
 *
 * @param settings Kafka's own client settings (security, …), from the pipeline's {@code kafka:}; they win over ours,
 *     except where a loss could follow
 * @param log makes acknowledged records survive the loss of a machine
 */
public record KafkaConnection(String bootstrapServers, Map<String, String> settings, DurableLog log) {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final Duration LINGER = Duration.ofMillis(5);
    private static final int PARTITION_FETCH_BYTES = 8 * 1024 * 1024;
    /** A client that is closed waits so long for a broker that does not answer. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    /** The longest that readers wait for a transaction whose process was killed. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(10);

    private static final long BUFFER_BYTES = 64L * 1024 * 1024;

    public KafkaConnection {
        settings = Map.copyOf(settings);
    }

    /** Connects to a cluster, or to a broker of somebody else. */
    public KafkaConnection(String bootstrapServers, Map<String, String> settings) {
        this(bootstrapServers, settings, DurableLog.REPLICATED);
    }

    public Map<String, Object> clientSettings() {
        Map<String, Object> all = new HashMap<>();
        all.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        all.putAll(settings);
        return all;
    }

    public Admin admin() {
        return Admin.create(clientSettings());
    }

    /** One that answers or fails within the time. */
    public Admin admin(Duration timeout) {
        Map<String, Object> all = clientSettings();
        all.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(timeout.toMillis()));
        all.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.toIntExact(timeout.toMillis()));
        return Admin.create(all);
    }

    /**
     * Returns the topic's id, which differs for a topic of the same name in another cluster or data directory, or one
     * that was deleted and created again. Empty if the brokers assign no ids (Kafka before 2.8).
     */
    public String idOf(TopicSpec<?, ?> topic) {
        try (Admin admin = admin()) {
            Uuid id = Objects.requireNonNull(admin.describeTopics(List.of(topic.name()))
                            .allTopicNames()
                            .get()
                            .get(topic.name()))
                    .topicId();
            return id.equals(Uuid.ZERO_UUID) ? "" : id.toString();
        } catch (ExecutionException e) {
            throw FerryException.retryable("topic %s could not be described".formatted(topic.name()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while topic %s was described".formatted(topic.name()), e);
        }
    }

    /** An idempotent producer with acks=all; the caller checks every send's outcome. */
    public <K, V> KafkaProducer<K, V> producer(TopicSpec<K, V> topic) {
        return producer(topic, LINGER);
    }

    /**
     * Like {@link #producer(TopicSpec)}.
     *
     * @param linger the longest that a record waits for others, unless it is flushed
     */
    public <K, V> KafkaProducer<K, V> producer(TopicSpec<K, V> topic, Duration linger) {
        return producer(topic, linger, Map.of());
    }

    /**
     * A producer whose records are visible once their transaction is committed. The newest one with an id shuts out the
     * others. Readers wait for a transaction that is open, so one whose process has ended is aborted soon.
     */
    public <K, V> KafkaProducer<K, V> transactionalProducer(TopicSpec<K, V> topic, String transactionalId) {
        return producer(
                topic,
                Duration.ZERO,
                Map.of(
                        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                        transactionalId,
                        ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                        Math.toIntExact(TRANSACTION_TIMEOUT.toMillis())));
    }

    private <K, V> KafkaProducer<K, V> producer(TopicSpec<K, V> topic, Duration linger, Map<String, Object> fixed) {
        Map<String, Object> all = new HashMap<>();
        all.put(ProducerConfig.LINGER_MS_CONFIG, linger.toMillis());
        all.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        all.put(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, Topics.MAX_RECORD_BYTES);
        // Float bytes do not compress (measured: 0 % with lz4), so the CPU stays with the data.
        all.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
        // A broker that is away for an hour is waited for, not failed on: a send's outcome comes late, never wrong.
        all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Long.MAX_VALUE);
        all.putAll(clientSettings());
        // The source forgets what is acknowledged.
        all.put(ProducerConfig.ACKS_CONFIG, "all");
        all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        all.putAll(fixed);
        if (topic.keys().equals(Codecs.SOURCE_KEY)) {
            all.put(ProducerConfig.PARTITIONER_CLASS_CONFIG, PrimaryKeyPartitioner.class.getName());
        }
        return new KafkaProducer<>(all, new CodecSerializer<>(topic.keys()), new CodecSerializer<>(topic.values())) {
            // What must not be lost was flushed before; the rest would be waited for without a limit.
            @Override
            public void close() {
                close(CLOSE_WAIT);
            }
        };
    }

    /** A consumer without a group that reads committed records from wherever it is sent by {@code assign} and {@code seek}. */
    public <K, V> KafkaConsumer<K, V> consumer(TopicSpec<K, V> topic, int maxPollRecords) {
        return consumer(topic, maxPollRecords, Map.of(), Map.of());
    }

    /**
     * Like {@link #consumer(TopicSpec, int)}, for reading a few records here and there: fetches no more than needed.
     */
    public <K, V> KafkaConsumer<K, V> samplingConsumer(
            TopicSpec<K, V> topic, int maxPollRecords, int partitionFetchBytes) {
        return consumer(
                topic,
                maxPollRecords,
                Map.of(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, partitionFetchBytes),
                Map.of());
    }

    /**
     * A member of a group, which shares the topic's partitions among its members and keeps their offsets; the caller
     * commits them.
     *
     * @param silence after which a member that is dead gives its partitions away
     * @param work the longest that a living member may take between two polls
     */
    public <K, V> KafkaConsumer<K, V> groupConsumer(
            TopicSpec<K, V> topic, int maxPollRecords, String group, Duration silence, Duration work) {
        return consumer(
                topic,
                maxPollRecords,
                Map.of(
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, Math.toIntExact(silence.toMillis()),
                        ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Math.toIntExact(work.toMillis())),
                Map.of(
                        // Eager: whoever gets a partition reads on from its commit, and never from a memory of its own.
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, RangeAssignor.class.getName(),
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG, GroupProtocol.CLASSIC.name(),
                        ConsumerConfig.GROUP_ID_CONFIG, group));
    }

    private <K, V> KafkaConsumer<K, V> consumer(
            TopicSpec<K, V> topic, int maxPollRecords, Map<String, Object> defaults, Map<String, Object> fixed) {
        Map<String, Object> all = new HashMap<>();
        all.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, maxPollRecords);
        all.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, PARTITION_FETCH_BYTES);
        all.putAll(defaults);
        all.putAll(clientSettings());
        // Otherwise records would be left out, or such be read that were taken back.
        all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        all.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        all.remove(ConsumerConfig.GROUP_ID_CONFIG);
        all.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG); // of one consumer alone, and all have these settings
        all.putAll(fixed);
        return new KafkaConsumer<>(
                all, new CodecDeserializer<>(topic.keys(), true), new CodecDeserializer<>(topic.values(), false)) {
            @Override
            public void close() {
                close(CloseOptions.timeout(CLOSE_WAIT));
            }
        };
    }
}
