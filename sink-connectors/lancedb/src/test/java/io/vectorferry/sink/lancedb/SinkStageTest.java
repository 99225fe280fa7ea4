package io.vectorferry.sink.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlKey;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.deploy.EmbeddedBroker;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.runner.SinkLimits;
import io.vectorferry.sink.runner.SinkStage;
import io.vectorferry.sink.spi.TargetReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SinkStageTest {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final int PARTITIONS = 2;

    @TempDir
    Path directory;

    /** Of the records that are sent. */
    private Duration age = Duration.ZERO;

    private EmbeddedBroker broker;
    private KafkaConnection kafka;
    private Topics topics;
    private KafkaProducer<RecordKey, TargetRecord> records;

    @BeforeEach
    void startBroker() {
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
        topics = Topics.of("p", PARTITIONS);
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        records = kafka.producer(topics.records());
    }

    @AfterEach
    void stopBroker() {
        records.close();
        broker.close();
    }

    private record Running(LanceDbTarget target, SinkStage stage, CompletableFuture<Void> run)
            implements AutoCloseable {
        @Override
        public void close() {
            stage.close();
            target.close();
        }
    }

    private LanceDbTarget target() {
        return new LanceDbTarget(
                "lake", LanceDbConfig.of(directory.resolve("lance").toString(), "${collection}"));
    }

    private Running start() {
        LanceDbTarget target = target();
        SinkStage stage = new SinkStage(target, kafka, topics, SinkLimits.defaults());
        CompletableFuture<Void> run = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                stage.run();
                run.complete(null);
            } catch (RuntimeException e) {
                run.completeExceptionally(e);
            }
        });
        return new Running(target, stage, run);
    }

    private void send(long id, TargetRecord record) {
        sent(new ProducerRecord<>(
                topics.records().name(), (int) (id % PARTITIONS), new RecordKey.OfRow(Rows.key(id)), record));
    }

    private void sent(ProducerRecord<RecordKey, TargetRecord> record) {
        try {
            records.send(new ProducerRecord<>(
                            record.topic(),
                            record.partition(),
                            Instant.now().minus(age).toEpochMilli(),
                            record.key(),
                            record.value()))
                    .get();
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private void upsert(long id, Row row) {
        SourceKey source = new SourceKey(Rows.COLLECTION, List.of());
        send(id, new TargetRecord.Upsert(source, SourcePosition.snapshot(1), 0, row));
    }

    private void barrier(String id, long issuedMicros) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
            sent(new ProducerRecord<>(
                    topics.records().name(),
                    partition,
                    new RecordKey.OfBarrier(partition),
                    new TargetRecord.BarrierMark(new Barrier(id, issuedMicros, "0/" + id))));
        }
    }

    private void awaitBarrier(Running running, String id) {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            await().atMost(WAIT).untilAsserted(() -> {
                if (running.run().isCompletedExceptionally()) {
                    throw new IllegalStateException(
                            "the sink failed", running.run().exceptionNow());
                }
                view.poll(Duration.ofMillis(50));
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(view.get(ControlKey.barrierAck("lake", partition))
                                    .map(ack -> ack.getBarrierAck().getBarrier().getId()))
                            .contains(id);
                }
            });
        }
    }

    private List<DeadLetter> deadLetters() {
        List<DeadLetter> letters = new ArrayList<>();
        try (var consumer = kafka.consumer(topics.deadLetters(), 100)) {
            var partition = new org.apache.kafka.common.TopicPartition(
                    topics.deadLetters().name(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> letters.add(record.value()));
            }
        }
        return letters;
    }

    private long count(LanceDbTarget target) {
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            return reader.count();
        }
    }

    @Test
    void anAcknowledgedBarrierMeansThatAllBeforeItIsReadableAndBadRowsAreDeadLetters() {
        try (Running running = start()) {
            for (long id = 0; id < 50; id++) {
                upsert(id, Rows.row(id, "first"));
            }
            upsert(100, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "short")));
            send(7, new TargetRecord.Delete());
            send(999, new TargetRecord.Delete());
            barrier("1", 1);
            awaitBarrier(running, "1");
            assertThat(count(running.target())).isEqualTo(49);
            assertThat(deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.error()).isEqualTo(ErrorType.DIMENSION_MISMATCH);
                assertThat(letter.stage()).isEqualTo("sink/lake");
                assertThat(letter.original().isEmpty()).isFalse();
            });
        }
    }

    @Test
    void aRestartedSinkGoesOnWhereItsTableStandsAndKeepsItsCounters() {
        try (Running first = start()) {
            upsert(1, Rows.row(1, "a"));
            upsert(2, Rows.row(2, "b"));
            barrier("1", 1);
            awaitBarrier(first, "1");
            assertThat(count(first.target())).isEqualTo(2);
        }
        send(1, new TargetRecord.Delete());
        try (Running second = start()) {
            upsert(3, Rows.row(3, "c"));
            barrier("2", 2);
            awaitBarrier(second, "2");
            assertThat(count(second.target())).isEqualTo(2);
        }
        try (ControlView view = new ControlView(kafka, topics.control())) {
            view.refresh();
            var progress = view.get(ControlKey.sink("lake")).orElseThrow().getSinkProgress();
            assertThat(progress.getUpserts()).isEqualTo(3);
            assertThat(progress.getDeletes()).isEqualTo(1);
        }
    }

    @Test
    void aTableFilledFromAnotherLogIsRefused() {
        try (LanceDbTarget target = target();
                var writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(5_000, Rows.upsert(1, "a")));
        }
        upsert(1, Rows.row(1, "b"));
        snapshotKnown();
        try (Running running = start()) {
            await().atMost(WAIT).until(running.run()::isCompletedExceptionally);
            FerryException failure = (FerryException) running.run().exceptionNow();
            assertThat(failure.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
            assertThat(failure.getMessage()).contains("another log");
        }
    }

    @Test
    void aTargetThatWasAwayForLongerThanDeletionsAreKeptIsRefusedThoughAnotherTableIsEmpty() {
        age = Topics.TOMBSTONE_RETENTION.plusDays(1);
        upsert(1, Rows.row(1, "a"));
        barrier("1", 1);
        snapshotKnown();
        snapshotKnown("public.empty");
        try (Running first = start()) {
            awaitBarrier(first, "1");
        }
        upsert(1, Rows.row(1, "b"));
        barrier("2", 2);
        age = Duration.ZERO;
        barrier("3", 3);
        try (Running second = start()) {
            await().atMost(WAIT).until(second.run()::isCompletedExceptionally);
            FerryException failure = (FerryException) second.run().exceptionNow();
            assertThat(failure.getMessage()).contains("longer than deletions are kept");
            assertThat(failure.remedy()).doesNotContain("ferry replay");
        }
    }

    private void snapshotKnown() {
        snapshotKnown(Rows.COLLECTION);
    }

    private void snapshotKnown(String collection) {
        try (var control = new io.vectorferry.contracts.control.ControlPublisher(kafka, topics.control())) {
            control.publish(
                    ControlKey.snapshot(collection),
                    io.vectorferry.contracts.wire.Control.newBuilder()
                            .setSnapshotProgress(io.vectorferry.contracts.wire.SnapshotProgress.newBuilder()
                                    .setCollection(collection))
                            .build());
        }
    }
}
