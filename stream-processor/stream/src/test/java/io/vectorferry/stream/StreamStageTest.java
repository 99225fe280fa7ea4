package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.key;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stage on a real broker: what is written once stays written once. */
public class StreamStageTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KEYS = 2_000;

    @TempDir
    Path directory;

    private final PipelineConfig config = TestPipelines.pipeline();
    private EmbeddedBroker broker;
    private StreamBench bench;

    @BeforeEach
    public void start() {
        broker = EmbeddedBroker.start(directory.resolve("broker"));
        bench = new StreamBench(config, broker.bootstrapServers());
    }

    @AfterEach
    public void stop() {
        bench.close();
        broker.close();
    }

    @Test
    void aBarrierReachesEveryPartitionAfterItsChanges() {
        try (RunningStage stage = bench.stage(directory.resolve("state"))) {
            bench.send(key(1), upsert(10, "first"));
            bench.barrier("b1");

            await().atMost(PATIENCE).until(() -> bench.barriersSeen("b1") == 2);
            assertThat(bench.rowRecords()).hasSize(1);
            assertThat(stage.failure()).isEmpty();
        }
    }

    @Test
    void everyChangeIsWrittenOnceOverStopsAndALostStateDirectory() {
        Path state = directory.resolve("state");
        sendAll(0, KEYS / 2);
        bench.runUntil(state, () -> !bench.rowRecords().isEmpty());
        sendAll(KEYS / 2, KEYS);
        bench.barrier("half");
        bench.runUntil(state, () -> bench.barriersSeen("half") == 2);

        sendAll(0, KEYS);
        bench.barrier("again");
        bench.runUntil(directory.resolve("elsewhere"), () -> bench.barriersSeen("again") == 2);

        assertThat(bench.rowRecords()).hasSize(KEYS).doesNotHaveDuplicates();
    }

    @Test
    void aPausedStageProcessesNothingAndContinuesWithWhatCame() {
        Path state = directory.resolve("state");
        try (RunningStage running = bench.stage(state)) {
            bench.send(key(1), upsert(10, "first"));
            bench.barrier("b1");
            await().atMost(PATIENCE).until(() -> bench.barriersSeen("b1") == 2);
            running.stage().pause();
            await("the pause").atMost(PATIENCE).until(running.stage()::isPaused);
            bench.send(key(2), upsert(11, "in the pause"));
            bench.barrier("b2");
            awaitNothing();
            assertThat(bench.rowRecords()).hasSize(1);
        }
        StreamStage second = bench.newStage(state);
        second.pause();
        try (RunningStage running = new RunningStage(second)) {
            await("the pause").atMost(PATIENCE).until(second::isPaused);
            awaitNothing();
            second.resume();
            await().atMost(PATIENCE).until(() -> bench.barriersSeen("b2") == 2);
            assertThat(bench.rowRecords()).hasSize(2);
            assertThat(second.isPaused()).isFalse();
            assertThat(running.failure()).isEmpty();
        }
    }

    private void awaitNothing() {
        await("nothing").during(Duration.ofSeconds(2)).atMost(PATIENCE).until(() -> bench.barriersSeen("b2") == 0);
    }

    @Test
    void aReplayOfAllChangesFromTheStartChangesNothing() {
        Path state = directory.resolve("state");
        sendAll(0, KEYS);
        bench.send(key(1), new Change.Delete(SourcePosition.stream(1, KEYS + 1, 0), 0));
        bench.barrier("end");
        bench.runUntil(state, () -> bench.barriersSeen("end") == 2);
        List<String> before = bench.rowRecords();

        bench.rewind();
        bench.barrier("replayed");
        bench.runUntil(state, () -> bench.barriersSeen("replayed") == 2);

        assertThat(bench.rowRecords()).isEqualTo(before);
    }

    @Test
    void changesThatLeftTheLogUnprocessedAreRefusedUntilANewGenerationReplacesThem() {
        Path state = directory.resolve("state");
        sendAll(0, 10);
        bench.barrier("before");
        bench.runUntil(state, () -> bench.barriersSeen("before") == 2);
        sendAll(10, 20);
        bench.barrier("lost");
        bench.forgetChanges();

        assertThatThrownBy(bench.newStage(state)::run)
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("left the log")
                .extracting(e -> ((FerryException) e).remedy())
                .asString()
                .contains("--new-generation");

        sendAll(20, 30);
        bench.barrier("after");
        try (RunningStage stage = bench.stageOfNewGeneration(state)) {
            await().atMost(PATIENCE).until(() -> bench.barriersSeen("after") == 2);
            assertThat(stage.failure()).isEmpty();
        }
        bench.barrier("later");
        bench.runUntil(state, () -> bench.barriersSeen("later") == 2);
    }

    @Test
    void aSecondStageOnTheSameStateDirectoryIsRefusedWithARemedy() {
        Path state = directory.resolve("state");
        bench.barrier("up");
        try (RunningStage first = bench.stage(state)) {
            await().atMost(PATIENCE).until(() -> bench.barriersSeen("up") == 2);
            assertThat(first.failure()).isEmpty();

            StreamStage second = bench.newStage(state);
            assertThatThrownBy(second::run)
                    .isInstanceOf(FerryException.class)
                    .hasMessageContaining(state.toString())
                    .extracting(e -> ((FerryException) e).kind())
                    .isEqualTo(FerryException.Kind.MISCONFIGURED);
            CompletableFuture<Void> closed = CompletableFuture.runAsync(second::close, Thread.ofPlatform()::start);
            await("the end of a stage that never ran").atMost(PATIENCE).until(closed::isDone);
        }
    }

    @Test
    void whateverFailsInAStreamThreadEndsTheStageWithAReasonThatQuotesNoRow() {
        assertFails(
                () -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                FerryException.Kind.MISCONFIGURED,
                "java.lang.OutOfMemoryError: Java heap space");
        assertFails(
                () -> {
                    throw new IllegalStateException("quotes a row");
                },
                FerryException.Kind.RETRYABLE,
                "java.lang.IllegalStateException; ferry.log");
        assertFails(() -> Thread.currentThread().interrupt(), FerryException.Kind.RETRYABLE, "Interrupt");
        bench.barrier("end");
        bench.runUntil(directory.resolve("state"), () -> bench.barriersSeen("end") == 2);
    }

    /** @param fault before a commit */
    private void assertFails(Runnable fault, FerryException.Kind kind, String why) {
        bench.barrier("a change to commit");
        StreamStage stage = bench.newStage(directory.resolve("state"), () -> {
            if (Thread.currentThread().getName().contains("StreamThread")) {
                fault.run();
            }
        });
        assertThatThrownBy(stage::run)
                .isInstanceOfSatisfying(
                        FerryException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(why)
                .hasMessageNotContaining("quotes");
    }

    @Test
    void aTransactionThatDoesNotEndIsNamedWhileTheStateCannotBeRestored() {
        sendAll(0, 10);
        bench.barrier("before");
        bench.runUntil(directory.resolve("state"), () -> bench.barriersSeen("before") == 2);

        try (KafkaProducer<byte[], byte[]> open = bench.openTransaction();
                RunningStage stage = bench.hurriedStage(directory.resolve("elsewhere"))) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(stage.waitsFor())
                    .contains("has waited for ")
                    .contains("for a transaction to end")
                    .contains("-rows-changelog-0 from offset "));

            open.abortTransaction();
            bench.barrier("after");
            await().atMost(PATIENCE).until(() -> bench.barriersSeen("after") == 2);
            await().atMost(PATIENCE).until(() -> stage.waitsFor().isEmpty());
        }
    }

    @Test
    void noSettingOfTheUsersOwnLeavesOutRowsOrReadsThoseThatWereTakenBack() {
        KafkaConnection own = new KafkaConnection(
                broker.bootstrapServers(),
                Map.of(
                        "auto.offset.reset", "latest",
                        "isolation.level", "read_uncommitted",
                        "enable.auto.commit", "true",
                        "group.id", "mine",
                        "processing.guarantee", "at_least_once"));
        try (StreamBench settings = new StreamBench(config, own)) {
            settings.writeAndTakeBack(new RecordKey.OfRow(new TargetKey("c", new TargetKey.NumberId(1))));
            sendAll(0, 10);
            bench.barrier("sent before the first start");
            settings.runUntil(
                    directory.resolve("state"), () -> settings.barriersSeen("sent before the first start") == 2);
            assertThat(settings.rowRecords()).hasSize(10);
            assertThat(StreamSettings.of(config, own, directory).getProperty(StreamsConfig.PROCESSING_GUARANTEE_CONFIG))
                    .isEqualTo(StreamsConfig.EXACTLY_ONCE_V2);
        }
    }

    private void sendAll(int from, int to) {
        for (int id = from; id < to; id++) {
            bench.send(key(id), upsert(id + 1, "row " + id));
        }
    }

    private static Change upsert(long place, String text) {
        return new Change.Upsert(Change.Origin.CREATE, SourcePosition.stream(1, place, 0), 0, row(text, 1, 2));
    }
}
