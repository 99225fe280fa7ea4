package io.vectorferry.sink.contracttests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SinkProgress;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.SharedBroker;
import io.vectorferry.sink.runner.SinkLimits;
import io.vectorferry.sink.runner.SinkStage;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.RecordBatch;

/** The topics of a pipeline on a real broker, written as the stream processor writes them, with sinks running on them. */
public final class SinkLog implements AutoCloseable {
    public static final int PARTITIONS = 2;
    private static final Duration WAIT = Duration.ofSeconds(90);

    private final KafkaConnection kafka;
    private final Topics topics;
    private final KafkaProducer<RecordKey, TargetRecord> records;
    private final Path letters;
    private final Runnable whenClosed;
    private Duration age = Duration.ZERO;
    private volatile Runnable whenSynced = () -> {};

    /** Uses the broker that the tests share. */
    public SinkLog() {
        this(SharedBroker.forTest());
    }

    private SinkLog(SharedBroker broker) {
        this(broker.bootstrapServers(), Topics.of(broker.freshName(), PARTITIONS), broker::filesOf, () -> {});
    }

    /** Uses a broker of its own. */
    public SinkLog(Path directory) {
        this(EmbeddedBroker.start(directory), directory);
    }

    private SinkLog(EmbeddedBroker broker, Path directory) {
        this(
                broker.bootstrapServers(),
                Topics.of("p", PARTITIONS),
                topic -> directory.resolve("log").resolve(topic + "-0"),
                broker::close);
    }

    private SinkLog(String bootstrapServers, Topics topics, Function<String, Path> files, Runnable whenClosed) {
        this.topics = topics;
        this.letters = files.apply(topics.deadLetters().name());
        this.whenClosed = whenClosed;
        kafka = new KafkaConnection(bootstrapServers, Map.of(), () -> whenSynced.run());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        records = kafka.producer(topics.records());
    }

    /** A sink in a thread of its own; closing it closes its target too. */
    public record Running(Target target, SinkStage stage, CompletableFuture<Void> run) implements AutoCloseable {
        public long count() {
            try (TargetReader reader = target.reader(Rows.COLLECTION)) {
                return reader.count();
            }
        }

        public Map<TargetKey.Id, Row> rows() {
            Map<TargetKey.Id, Row> rows = new HashMap<>();
            try (TargetReader reader = target.reader(Rows.COLLECTION)) {
                reader.scan(stored -> rows.put(stored.id(), stored.row()));
            }
            return rows;
        }

        @Override
        public void close() {
            stage.close();
            target.close();
        }
    }

    public Running start(Target target) {
        return start(target, Duration.ZERO);
    }

    /** Starts the sink as if that long ago. */
    public Running start(Target target, Duration ago) {
        return start(target, RefusedUpdates.KEEP, Clock.offset(Clock.systemUTC(), ago.negated()), stage -> {});
    }

    public Running start(Target target, RefusedUpdates refusedUpdates) {
        return start(target, refusedUpdates, Clock.systemUTC(), stage -> {});
    }

    /** @param beforeRun what is done to the stage before it runs */
    public Running start(Target target, Consumer<SinkStage> beforeRun) {
        return start(target, RefusedUpdates.KEEP, Clock.systemUTC(), beforeRun);
    }

    private Running start(Target target, RefusedUpdates refusedUpdates, Clock clock, Consumer<SinkStage> beforeRun) {
        SinkStage stage = new SinkStage(target, kafka, topics, SinkLimits.defaults(), refusedUpdates, clock);
        beforeRun.accept(stage);
        CompletableFuture<Void> run = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> {
            try {
                stage.run();
                run.complete(null);
            } catch (RuntimeException | Error e) {
                run.completeExceptionally(e);
            }
        });
        return new Running(target, stage, run);
    }

    /** Makes records written from now on appear that old. */
    public void aged(Duration ago) {
        age = ago;
    }

    public void upsert(long id, Row row) {
        upsert(Rows.COLLECTION, id, row);
    }

    public void upsert(String collection, long id, Row row) {
        SourceKey source = new SourceKey(collection, List.of());
        send(collection, id, new TargetRecord.Upsert(source, SourcePosition.snapshot(1), 0, row));
    }

    /** The same row under each of many ids. */
    public void upsertAll(LongStream ids, Row row) {
        SourceKey source = new SourceKey(Rows.COLLECTION, List.of());
        TargetRecord record = new TargetRecord.Upsert(source, SourcePosition.snapshot(1), 0, row);
        List<Future<?>> sends = ids.<Future<?>>mapToObj(id -> records.send(new ProducerRecord<>(
                        topics.records().name(), (int) (id % PARTITIONS), new RecordKey.OfRow(Rows.key(id)), record)))
                .toList();
        records.flush();
        if (!sends.stream().allMatch(send -> send.state() == Future.State.SUCCESS)) {
            throw new AssertionError("the broker refused a record");
        }
    }

    public void delete(long id) {
        send(Rows.COLLECTION, id, new TargetRecord.Delete());
    }

    private void send(String collection, long id, TargetRecord record) {
        RecordKey key = new RecordKey.OfRow(new TargetKey(collection, new TargetKey.NumberId(id)));
        sent(new ProducerRecord<>(topics.records().name(), (int) (id % PARTITIONS), key, record));
    }

    private void sent(ProducerRecord<RecordKey, TargetRecord> record) {
        try {
            long written = Instant.now().minus(age).toEpochMilli();
            records.send(new ProducerRecord<>(
                            record.topic(), record.partition(), written, record.key(), record.value()))
                    .get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a barrier by a clock that runs backwards: only the sequence orders barriers. */
    public void barrier(String id, long sequence) {
        Barrier barrier = new Barrier(id, Long.MAX_VALUE / 2 - sequence, "0/" + id, sequence, 0);
        for (int partition = 0; partition < PARTITIONS; partition++) {
            sent(new ProducerRecord<>(
                    topics.records().name(),
                    partition,
                    new RecordKey.OfBarrier(partition),
                    new TargetRecord.BarrierMark(barrier)));
        }
    }

    public void awaitBarrier(Running running, String id) {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            await().atMost(WAIT).untilAsserted(() -> {
                if (running.run().isCompletedExceptionally()) {
                    throw new IllegalStateException(
                            "the sink failed", running.run().exceptionNow());
                }
                view.poll(Duration.ofMillis(50));
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(view.get(ControlKey.barrierAck(running.target().name(), partition))
                                    .map(ack -> ack.getBarrierAck().getBarrier().getId()))
                            .contains(id);
                }
            });
        }
    }

    /** Whether the newest barrier that a partition has acknowledged is this one. */
    public boolean isAcknowledged(String target, String id) {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            view.refresh();
            return view.withPrefix("barrier-ack/" + target + "/").values().stream()
                    .anyMatch(ack -> ack.getBarrierAck().getBarrier().getId().equals(id));
        }
    }

    public void awaitFailure(Running running) {
        await().atMost(WAIT).until(running.run()::isCompletedExceptionally);
    }

    /** Waits until its thread ends, in whatever way. */
    public void awaitEnd(Running running) {
        await().atMost(WAIT).until(running.run()::isDone);
    }

    public void awaitState(String target, String state) {
        await().atMost(WAIT).until(() -> progress(target).getState().equals(state));
    }

    public SinkProgress progress(String target) {
        try (ControlView view = new ControlView(kafka, topics.control())) {
            view.refresh();
            return view.get(ControlKey.sink(target))
                    .map(Control::getSinkProgress)
                    .orElseThrow();
        }
    }

    public List<DeadLetter> deadLetters() {
        List<DeadLetter> letters = new ArrayList<>();
        try (var reader = new TopicReader<>(kafka, topics.deadLetters(), 100)) {
            reader.readToEnd(some -> some.forEach(record -> letters.add(record.value())));
        }
        return letters;
    }

    /** Each time that what was written has to be durable, in the thread that waits for it. */
    public void whenSynced(Runnable action) {
        whenSynced = action;
    }

    /** How many batches the letters came in. */
    public int deadLetterBatches() {
        Path segment = letters.resolve("00000000000000000000.log");
        int batches = 0;
        try (FileRecords records = FileRecords.open(segment.toFile(), false)) {
            for (RecordBatch batch : records.batches()) {
                batches += batch.isControlBatch() ? 0 : 1;
            }
            return batches;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until so many processes share the sink's partitions. */
    public void awaitMembers(String target, int members) {
        String group = topics.sinkGroup(target);
        try (Admin admin = kafka.admin()) {
            await().atMost(WAIT).until(() -> {
                ConsumerGroupDescription described = admin.describeConsumerGroups(List.of(group))
                        .all()
                        .get()
                        .values()
                        .iterator()
                        .next();
                return described.groupState() == GroupState.STABLE
                        && described.members().size() == members
                        && described.members().stream()
                                .noneMatch(member ->
                                        member.assignment().topicPartitions().isEmpty());
            });
        }
    }

    /** Removes the offsets, as Kafka does for a group that has been away for longer than it keeps them. */
    public void forgetOffsets(String target) {
        try (Admin admin = kafka.admin()) {
            admin.deleteConsumerGroups(List.of(topics.sinkGroup(target))).all().get();
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Writes the metadata beside the offsets of the sink's group as an earlier build did, which kept nothing in {@code
     * control}.
     */
    public void rewriteNotes(String target, String note) {
        String group = topics.sinkGroup(target);
        try (Admin admin = kafka.admin();
                ControlView view = new ControlView(kafka, topics.control());
                ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get());
            offsets.replaceAll((partition, offset) -> new OffsetAndMetadata(offset.offset(), note));
            admin.alterConsumerGroupOffsets(group, offsets).all().get();
            view.refresh();
            view.withPrefix("sink-table/").keySet().forEach(key -> control.remove(new ControlKey(key)));
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /** Announces a collection, as the producer does. */
    public void snapshotKnown(String collection) {
        try (ControlPublisher control = new ControlPublisher(kafka, topics.control())) {
            control.publish(
                    ControlKey.snapshot(collection),
                    Control.newBuilder()
                            .setSnapshotProgress(SnapshotProgress.newBuilder().setCollection(collection))
                            .build());
        }
    }

    @Override
    public void close() {
        records.close();
        whenClosed.run();
    }
}
