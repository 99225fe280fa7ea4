package io.vectorferry.stream;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** How Kafka Streams runs here. */
public final class StreamSettings {
    /** The freshness under exactly-once: what is processed becomes visible at the next commit. */
    static final Duration COMMIT_INTERVAL = Duration.ofMillis(100);

    /** A sweep or a truncation of a partition is one transaction and must end within it; a killed process without its directory is waited for so long. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(15);
    /** A process that does not come back is missed after it; the least that a broker takes by default. */
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(6);

    private static final Duration HEARTBEAT_INTERVAL = Duration.ofMillis(1_500);
    private static final int MAX_POLL_RECORDS = 2_000;
    private static final int PARTITION_FETCH_BYTES = 8 * 1024 * 1024;
    private static final int BATCH_BYTES = 256 * 1024;
    /** The commit interval, after which everything is sent anyway: fewer, larger requests without added delay. */
    private static final int LINGER_MILLIS = 100;

    private static final int MAX_THREADS = 8;

    private StreamSettings() {}

    public static Properties of(PipelineConfig config, KafkaConnection kafka, Path stateDir) {
        Properties all = new Properties();
        all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, COMMIT_INTERVAL.toMillis());
        all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads(config.kafka().partitions()));
        // -1: as many replicas as the broker gives by default, one on the embedded one.
        all.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, -1);
        all.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, BoundedRocksDb.class);
        consumer(all);
        producer(all);
        all.putAll(kafka.clientSettings());
        patience(all);
        exactlyOnce(all, config, stateDir);
        return all;
    }

    /** Nobody may configure it otherwise: changes would be left out, or written twice. */
    private static void exactlyOnce(Properties all, PipelineConfig config, Path stateDir) {
        all.put(StreamsConfig.APPLICATION_ID_CONFIG, group(config));
        all.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG), StaticMemberId.in(stateDir));
    }

    /**
     * A broker that is away is waited for, however long, and nobody may configure it otherwise: after a timeout Streams
     * gives up the tasks with sends under way, and their late answers make it take an empty state for a restored one
     * (docs/decisions/broker-away.md).
     */
    private static void patience(Properties all) {
        all.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_BLOCK_MS_CONFIG), Long.MAX_VALUE);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG), Integer.MAX_VALUE);
    }

    /** The application id, which is its consumer group's too. */
    public static String group(PipelineConfig config) {
        return config.pipeline() + ".stream";
    }

    private static void consumer(Properties all) {
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), MAX_POLL_RECORDS);
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG), (int)
                MAX_POLL_INTERVAL.toMillis());
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), (int)
                SESSION_TIMEOUT.toMillis());
        all.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), (int)
                HEARTBEAT_INTERVAL.toMillis());
        all.put(
                StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG),
                PARTITION_FETCH_BYTES);
    }

    private static void producer(Properties all) {
        all.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), LINGER_MILLIS);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), BATCH_BYTES);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), Topics.MAX_RECORD_BYTES);
        all.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "none");
        all.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), (int)
                TRANSACTION_TIMEOUT.toMillis());
    }

    private static int threads(int partitions) {
        int cores = Runtime.getRuntime().availableProcessors();
        return Math.clamp(cores / 2, 1, Math.min(partitions, MAX_THREADS));
    }
}
