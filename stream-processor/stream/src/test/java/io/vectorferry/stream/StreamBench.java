package io.vectorferry.stream;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.rules.ids.SharedTables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;

/** The topics around a stage: what a producer sends and what a sink would read. */
public final class StreamBench implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int MAX_POLL_RECORDS = 5_000;

    private final PipelineConfig config;
    private final KafkaConnection kafka;
    private final Topics topics;
    private final KafkaProducer<SourceKey, Change> changes;
    private final KafkaConsumer<RecordKey, TargetRecord> records;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();
    private final List<ConsumerRecord<RecordKey, TargetRecord>> seen = new ArrayList<>();

    StreamBench(PipelineConfig config, String bootstrapServers) {
        this(config, new KafkaConnection(bootstrapServers, Map.of()));
    }

    StreamBench(PipelineConfig config, KafkaConnection kafka) {
        this.config = config;
        this.kafka = kafka;
        this.topics = Topics.of(config.pipeline(), config.kafka().partitions());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        changes = kafka.producer(topics.changes());
        records = kafka.consumer(topics.records(), MAX_POLL_RECORDS);
        List<TopicPartition> partitions = partitions(topics.records().name());
        records.assign(partitions);
        records.seekToBeginning(partitions);
    }

    StreamStage newStage(Path state) {
        return new StreamStage(config, kafka, topics, state);
    }

    /** @param log that the stage's commits wait for */
    StreamStage newStage(Path state, DurableLog log) {
        return new StreamStage(
                config, new KafkaConnection(kafka.bootstrapServers(), kafka.settings(), log), topics, state);
    }

    RunningStage stageOfNewGeneration(Path state) {
        return new RunningStage(new StreamStage(config, SharedTables.NONE, kafka, topics, state, true));
    }

    /** To which a minute is a second. */
    RunningStage hurriedStage(Path state) {
        return new RunningStage(
                new StreamStage(config, SharedTables.NONE, kafka, topics, state, false, () -> System.nanoTime() * 60));
    }

    /** One that began a minute ago in the first partition of what the rows' state is restored from. */
    KafkaProducer<byte[], byte[]> openTransaction() {
        Map<String, Object> settings = new HashMap<>(kafka.clientSettings());
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "hanging");
        settings.put(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                Math.toIntExact(Duration.ofMinutes(10).toMillis()));
        var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        long begun = System.currentTimeMillis() - Duration.ofMinutes(1).toMillis();
        sent.add(producer.send(new ProducerRecord<>(
                StreamSettings.group(config) + "-rows-changelog", 0, begun, new byte[1], new byte[1])));
        producer.flush();
        return producer;
    }

    RunningStage stage(Path state) {
        return new RunningStage(newStage(state));
    }

    /** Runs a stage until then, and stops it. */
    void runUntil(Path state, BooleanSupplier reached) {
        try (RunningStage stage = stage(state)) {
            Awaitility.await().atMost(PATIENCE).until(() -> stage.failure().isPresent() || reached.getAsBoolean());
        }
    }

    void send(SourceKey key, Change change) {
        sent.add(changes.send(new ProducerRecord<>(topics.changes().name(), key, change)));
    }

    /** As a stream processor that ends before its transaction does. */
    void writeAndTakeBack(RecordKey key) {
        Map<String, Object> settings = Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.bootstrapServers(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "taken-back");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            var unused = producer.send(new ProducerRecord<>(
                    topics.records().name(),
                    0,
                    topics.records().keys().encode(key),
                    topics.records().values().encode(new TargetRecord.Delete())));
            producer.flush();
            producer.abortTransaction();
        }
    }

    public void barrier(String id) {
        broadcast(new Change.BarrierMark(new Barrier(id, 0, "", 0, 0)));
        changes.flush();
        if (!sent.stream().allMatch(send -> send.state() == Future.State.SUCCESS)) {
            throw new IllegalStateException("the broker refused a barrier");
        }
    }

    void broadcast(Change mark) {
        for (TopicPartition partition : partitions(topics.changes().name())) {
            sent.add(changes.send(new ProducerRecord<>(partition.topic(), partition.partition(), null, mark)));
        }
    }

    /** No row was written behind the barrier, in any partition. */
    boolean isLast(String id) {
        Map<Integer, TargetRecord> last = new HashMap<>();
        seen.forEach(record -> last.put(record.partition(), record.value()));
        return last.values().stream()
                .allMatch(record -> record instanceof TargetRecord.BarrierMark(Barrier barrier)
                        && barrier.id().equals(id));
    }

    /** Partitions in which the barrier stands. */
    long barriersSeen(String id) {
        read();
        return seen.stream()
                .filter(record -> record.value() instanceof TargetRecord.BarrierMark(Barrier barrier)
                        && barrier.id().equals(id)
                        && record.key().equals(new RecordKey.OfBarrier(record.partition())))
                .map(ConsumerRecord::partition)
                .distinct()
                .count();
    }

    /** Reads on, keeping nothing, until the barrier has come out of every partition. */
    void skipTo(String id, RunningStage stage) {
        int missing = config.kafka().partitions();
        while (missing > 0 && stage.failure().isEmpty()) {
            for (var record : records.poll(Duration.ofMillis(100))) {
                boolean reached = record.value() instanceof TargetRecord.BarrierMark(Barrier barrier)
                        && barrier.id().equals(id);
                missing -= reached ? 1 : 0;
            }
        }
    }

    /** Every row and tombstone that was ever written, in each partition's order. */
    List<String> rowRecords() {
        read();
        return seen.stream()
                .filter(record -> record.key() instanceof RecordKey.OfRow)
                .map(record -> record.key() + " " + record.value())
                .toList();
    }

    /** The stage is stopped; its next run reads {@code changes} from the start. */
    void rewind() {
        Map<TopicPartition, OffsetAndMetadata> start = new HashMap<>();
        partitions(topics.changes().name()).forEach(partition -> start.put(partition, new OffsetAndMetadata(0)));
        try (Admin admin = kafka.admin()) {
            Awaitility.await().ignoreExceptions().atMost(PATIENCE).until(() -> {
                admin.alterConsumerGroupOffsets(config.pipeline() + ".stream", start)
                        .all()
                        .get();
                return true;
            });
        }
    }

    /** As retention does it. */
    void forgetChanges() {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        partitions(topics.changes().name()).forEach(partition -> all.put(partition, RecordsToDelete.beforeOffset(-1)));
        try (Admin admin = kafka.admin()) {
            Awaitility.await().ignoreExceptions().atMost(PATIENCE).until(() -> {
                admin.deleteRecords(all).all().get();
                return true;
            });
        }
    }

    private void read() {
        records.poll(Duration.ofMillis(50)).forEach(seen::add);
        while (true) {
            var polled = records.poll(Duration.ofMillis(20));
            polled.forEach(seen::add);
            if (polled.isEmpty()) {
                return;
            }
        }
    }

    private List<TopicPartition> partitions(String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < config.kafka().partitions(); partition++) {
            partitions.add(new TopicPartition(topic, partition));
        }
        return partitions;
    }

    @Override
    public void close() {
        changes.close();
        records.close();
    }
}
