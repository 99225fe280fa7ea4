package io.vectorferry.producer.contracttests;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.producer.contracttests.ChangesTopic.Seen;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a source's stage on a real log: what it writes to {@code changes} and {@code control}, and how it pauses. */
public interface SourceStageContract {
    /** Rows of the snapshot that is paused in its middle: of many more blocks than are read at once. */
    int MANY = 4_000;

    Duration PATIENCE = Duration.ofSeconds(60);

    /** Time in which a stage that is not paused publishes what it has to. */
    Duration QUIET = Duration.ofSeconds(2);

    /** An empty store of its own for each test, whose source reads about a hundred rows at once, and not all of {@link #MANY} in parallel. */
    Store store();

    /** The store that is replicated, and its application. */
    interface Store extends AutoCloseable {
        /** @param data the pipeline's data directory */
        Source source(Path data);

        /** The names under which the snapshots are recorded. */
        List<String> collections();

        /** Inserts the rows with these numbers; committed when it returns. */
        void insert(int from, int to);

        /** Deletes a row; committed when it returns. */
        void delete(int number);

        /** The keys in {@code changes} that the row with this number gives. */
        Set<SourceKey> keys(int number);

        /** Deletes all rows with one command that the log has; empty if there is no such command. */
        default Optional<Runnable> truncation() {
            return Optional.empty();
        }

        @Override
        void close();
    }

    /** A store, a broker, and the stages between them, of one source as in one process. */
    final class Bench implements AutoCloseable {
        private final Store store;
        private final Path data;
        final ChangesTopic changes;
        private Source source;
        private @Nullable Stage stage;
        private CompletableFuture<Void> run = CompletableFuture.completedFuture(null);

        Bench(Store store, Path directory) {
            this.store = store;
            this.data = directory.resolve("data");
            this.changes = new ChangesTopic();
            this.source = store.source(data);
        }

        Stage start(boolean newGeneration) {
            return start(newGeneration, false);
        }

        Stage start(boolean newGeneration, boolean paused) {
            Stage started = source.stage(changes.kafka, changes.topics, new ProducerOptions(newGeneration));
            if (paused) {
                started.pause();
            }
            stage = started;
            run = CompletableFuture.runAsync(started::run, Thread.ofPlatform()::start);
            changes.failWith(run);
            return started;
        }

        void stop() {
            if (stage != null) {
                stage.close();
                run.join();
                stage = null;
            }
        }

        /** Ends the stage, and lets the source forget what it has in memory, as at the end of a process. */
        void stopProcess() {
            stop();
            source = store.source(data);
        }

        Control control(ControlKey key) {
            try (ControlView view = new ControlView(changes.kafka, changes.topics.control())) {
                view.refresh();
                return view.get(key).orElse(Control.getDefaultInstance());
            }
        }

        SnapshotProgress snapshot(String collection) {
            return control(ControlKey.snapshot(collection)).getSnapshotProgress();
        }

        void awaitComplete(int generation) {
            awaitControl("complete snapshots of generation " + generation, () -> store.collections().stream()
                    .map(this::snapshot)
                    .allMatch(snapshot -> snapshot.getComplete() && snapshot.getGeneration() == generation));
            changes.awaitEnd();
        }

        void awaitControl(String what, java.util.function.BooleanSupplier condition) {
            Awaitility.await(what).atMost(PATIENCE).until(() -> {
                if (run.isCompletedExceptionally()) {
                    throw new AssertionError("the stage ended while this was awaited: " + what, run.exceptionNow());
                }
                return condition.getAsBoolean();
            });
        }

        void awaitRows(int from, int to) {
            awaitRows(1, from, to);
        }

        /** Waits for the rows that a target has after the sweep of the generation. */
        void awaitRows(int generation, int from, int to) {
            changes.await("the rows %d to %d".formatted(from, to), seen -> living(generation)
                    .equals(keys(from, to)));
        }

        private Set<SourceKey> living(int generation) {
            Set<SourceKey> living = new HashSet<>();
            changes.state().forEach((key, upsert) -> {
                if (upsert.position().generation() >= generation) {
                    living.add(key);
                }
            });
            return living;
        }

        Set<SourceKey> keys(int from, int to) {
            Set<SourceKey> keys = new HashSet<>();
            IntStream.range(from, to).mapToObj(store::keys).forEach(keys::addAll);
            return keys;
        }

        /** Issues a barrier; returns its id. */
        String barrier() {
            try (BarrierIssuer issuer = source.barriers(changes.kafka, changes.topics);
                    ControlPublisher control = new ControlPublisher(changes.kafka, changes.topics.control())) {
                return new BarrierAnnouncer(issuer, control, Clock.systemUTC())
                        .issue(0)
                        .id();
            }
        }

        /** Waits until each partition has its mark of every side of the source; that of one side has the barrier's id. */
        void awaitBarrier(String id) {
            changes.await("barrier " + id, seen -> partitions()
                    .allMatch(partition ->
                            sides(seen, partition, id) == store.collections().size()));
        }

        private static long sides(List<Seen> seen, int partition, String id) {
            return seen.stream()
                    .filter(one -> one.partition() == partition && isBarrier(one, id))
                    .map(one -> ((Change.BarrierMark) one.change()).barrier().id())
                    .distinct()
                    .count();
        }

        IntStream partitions() {
            return IntStream.range(0, changes.topics.changes().partitions());
        }

        /** Asserts that something comes in every partition, and everything of another kind before it. */
        void assertBehind(Predicate<Seen> last, Predicate<Seen> others) {
            partitions().forEach(partition -> {
                List<Seen> own = changes.seen.stream()
                        .filter(one -> one.partition() == partition)
                        .toList();
                int behind = lastIndex(own, last);
                assertThat(behind).as("in partition %d", partition).isNotNegative();
                assertThat(lastIndex(own, others))
                        .as("what comes before it in partition %d", partition)
                        .isLessThan(behind);
            });
        }

        private static int lastIndex(List<Seen> seen, Predicate<Seen> wanted) {
            return IntStream.range(0, seen.size())
                    .filter(i -> wanted.test(seen.get(i)))
                    .max()
                    .orElse(-1);
        }

        /** Every version of a collection's record, with when it was sent. */
        List<Recorded> recorded(String collection) {
            List<Recorded> all = new ArrayList<>();
            try (var reader = new TopicReader<>(changes.kafka, changes.topics.control(), 1_000)) {
                reader.readToEnd(some -> some.forEach(record -> {
                    if (record.key().equals(ControlKey.snapshot(collection)) && record.value() != null) {
                        all.add(new Recorded(record.timestamp(), record.value().getSnapshotProgress()));
                    }
                }));
            }
            return all;
        }

        long published() {
            try (var reader = new TopicReader<>(changes.kafka, changes.topics.changes(), 1)) {
                return reader.ends().values().stream()
                        .mapToLong(Long::longValue)
                        .sum();
            }
        }

        void awaitPaused(Stage paused) {
            awaitControl("the pause", paused::isPaused);
        }

        void assertPublishesNothing() {
            long before = published();
            Awaitility.await("nothing")
                    .during(QUIET)
                    .atMost(PATIENCE)
                    .until(() -> published() == before && !run.isCompletedExceptionally());
        }

        @Override
        public void close() {
            try (store;
                    changes) {
                stop();
            }
        }
    }

    record Recorded(long millis, SnapshotProgress progress) {}

    private static boolean isBarrier(Seen one, String id) {
        return one.change() instanceof Change.BarrierMark(Barrier barrier) && (barrier.id() + "/").startsWith(id + "/");
    }

    private static boolean isSnapshotRow(Seen one, int generation) {
        return one.change() instanceof Change.Upsert upsert
                && upsert.origin() == Change.Origin.SNAPSHOT
                && upsert.position().generation() == generation;
    }

    private static boolean isEnd(Seen one, int generation) {
        return one.change() instanceof Change.SnapshotComplete complete && complete.generation() == generation;
    }

    @Test
    default void aSnapshotIsRecordedBeforeItsFirstRowAndCompleteOnceAllOfItIsDurable(@TempDir Path directory) {
        List<Long> synced = new CopyOnWriteArrayList<>();
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 300);
            bench.changes.onSync = () -> synced.add(System.currentTimeMillis());
            bench.start(false);
            bench.awaitComplete(1);
            bench.awaitRows(0, 300);
            for (String collection : bench.store.collections()) {
                List<Seen> rows = bench.changes.seen.stream()
                        .filter(one ->
                                one.key() != null && one.key().collection().equals(collection))
                        .filter(one -> isSnapshotRow(one, 1))
                        .toList();
                List<Recorded> recorded = bench.recorded(collection);
                assertThat(recorded.getFirst().progress().getComplete()).isFalse();
                assertThat(recorded.getFirst().progress().getCollection()).isEqualTo(collection);
                Recorded begun = recorded.stream()
                        .filter(one -> one.progress().getGeneration() == 1)
                        .findFirst()
                        .orElseThrow();
                assertThat(rows).allMatch(row -> row.millis() >= begun.millis());
                Recorded complete = recorded.stream()
                        .filter(one -> one.progress().getComplete())
                        .findFirst()
                        .orElseThrow();
                long lastRow = rows.stream().mapToLong(Seen::millis).max().orElseThrow();
                assertThat(synced)
                        .as(
                                "what made the last row of %s durable, sent at %d, before %d",
                                collection, lastRow, complete.millis())
                        .anyMatch(at -> at >= lastRow && at <= complete.millis());
            }
            bench.assertBehind(one -> isEnd(one, 1), one -> isSnapshotRow(one, 1));
        }
    }

    @Test
    default void captureHasThePositionTheChangesAndNoError(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 2);
            bench.start(false);
            bench.awaitComplete(1);
            bench.store.insert(2, 5);
            bench.store.delete(0);
            bench.awaitRows(1, 5);
            bench.awaitControl("four changes are counted", () -> capture(bench).getChanges() >= 4);
            assertThat(capture(bench).getSourcePosition()).isNotEmpty();
            assertThat(capture(bench).getError()).isEmpty();
        }
    }

    private static CaptureProgress capture(Bench bench) {
        return bench.control(ControlKey.capture()).getCaptureProgress();
    }

    @Test
    default void aBarrierGoesToEveryPartitionBehindAllThatCameBefore(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 20);
            bench.start(false);
            bench.awaitComplete(1);
            bench.store.insert(20, 40);
            String id = bench.barrier();
            bench.awaitBarrier(id);
            assertThat(bench.changes.state().keySet()).isEqualTo(bench.keys(0, 40));
            bench.assertBehind(one -> isBarrier(one, id), one -> one.key() != null);
        }
    }

    @Test
    default void aTruncationGoesToEveryPartitionBehindAllThatCameBefore(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            Optional<Runnable> truncation = bench.store.truncation();
            if (truncation.isPresent()) {
                bench.store.insert(0, 20);
                bench.start(false);
                bench.awaitComplete(1);
                bench.store.insert(20, 40);
                truncation.get().run();
                bench.awaitBarrier(bench.barrier());
                bench.assertBehind(one -> one.change() instanceof Change.Truncate, one -> one.key() != null);
            }
        }
    }

    @Test
    default void aRestartResumesAndReadsNoRowAgain(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 20);
            bench.start(false);
            bench.awaitComplete(1);
            bench.awaitBarrier(bench.barrier());
            bench.stopProcess();
            bench.store.insert(20, 30);
            bench.store.delete(0);
            int before = bench.changes.seen.size();
            bench.start(false);
            bench.awaitRows(1, 30);
            bench.awaitComplete(1);
            assertThat(bench.changes.seen.subList(before, bench.changes.seen.size()))
                    .noneMatch(one -> isSnapshotRow(one, 1) || isEnd(one, 1));
        }
    }

    @Test
    default void aRequestedGenerationIsRecordedBeforeItsFirstRowAndBeginsOnce(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 20);
            bench.start(false);
            bench.awaitComplete(1);
            bench.stopProcess();
            bench.store.delete(0);
            bench.start(true);
            bench.awaitComplete(2);
            bench.stop();
            bench.start(true);
            bench.store.insert(20, 21);
            bench.awaitRows(2, 1, 21);
            bench.awaitComplete(2);
            for (String collection : bench.store.collections()) {
                Recorded begun = bench.recorded(collection).stream()
                        .filter(one -> one.progress().getGeneration() == 2)
                        .findFirst()
                        .orElseThrow();
                assertThat(begun.progress().getComplete()).isFalse();
                assertThat(bench.changes.seen)
                        .filteredOn(one -> one.change() instanceof Change.Upsert upsert
                                && one.key() != null
                                && one.key().collection().equals(collection)
                                && upsert.position().generation() == 2)
                        .isNotEmpty()
                        .allMatch(one -> one.millis() >= begun.millis());
            }
            bench.assertBehind(one -> isEnd(one, 2), one -> isSnapshotRow(one, 2));
        }
    }

    @Test
    default void aStageThatStartsPausedPublishesNothingUntilItResumes(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 20);
            Stage stage = bench.start(false, true);
            bench.awaitPaused(stage);
            bench.assertPublishesNothing();
            assertThat(bench.published()).isZero();
            bench.store.insert(20, 25);
            stage.resume();
            bench.awaitRows(0, 25);
            bench.awaitComplete(1);
            assertThat(stage.isPaused()).isFalse();
        }
    }

    @Test
    default void aPauseInTheMiddleOfASnapshotPublishesNothingCompletesNothingAndLosesNothing(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, MANY);
            AtomicReference<@Nullable Stage> pausing = new AtomicReference<>();
            bench.changes.onSync = () -> {
                Stage stage = pausing.get();
                if (stage != null && bench.published() > 0) {
                    stage.pause();
                }
            };
            Stage first = bench.start(false, true);
            pausing.set(first);
            first.resume();
            bench.awaitControl("some rows", () -> bench.published() > 0);
            bench.awaitPaused(first);
            pausing.set(null);
            bench.assertPublishesNothing();
            assertHalf(bench);
            bench.store.insert(MANY, MANY + 5);
            bench.store.delete(0);
            bench.assertPublishesNothing();

            bench.stopProcess(); // a pause outlives the process
            Stage second = bench.start(false, true);
            bench.awaitPaused(second);
            bench.assertPublishesNothing();
            assertHalf(bench);
            second.resume();
            bench.awaitRows(1, MANY + 5);
            bench.awaitComplete(1);
        }
    }

    private static void assertHalf(Bench bench) {
        bench.changes.awaitEnd();
        assertThat(bench.changes.state().size())
                .isPositive()
                .isLessThan(bench.keys(0, MANY).size());
        assertThat(bench.changes.seen)
                .noneMatch(one -> isEnd(one, 1) && bench.store.collections().size() == 1);
        assertThat(bench.store.collections())
                .anyMatch(collection -> !bench.snapshot(collection).getComplete());
    }

    @Test
    default void changesAndBarriersThatCommitDuringAPauseComeInOrderWhenItIsOver(@TempDir Path directory) {
        try (Bench bench = new Bench(store(), directory)) {
            bench.store.insert(0, 20);
            Stage stage = bench.start(false);
            bench.awaitComplete(1);
            bench.awaitBarrier(bench.barrier());
            stage.pause();
            bench.awaitPaused(stage);
            bench.store.insert(20, 40);
            bench.store.delete(0);
            String id = bench.barrier();
            bench.assertPublishesNothing();
            stage.resume();
            bench.awaitBarrier(id);
            assertThat(bench.changes.state().keySet()).isEqualTo(bench.keys(1, 40));
            bench.assertBehind(one -> isBarrier(one, id), one -> one.key() != null);
        }
    }
}
