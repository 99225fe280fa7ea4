package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.COLLECTION;
import static io.vectorferry.stream.TestPipelines.key;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.stream.order.CollectionOrder;
import io.vectorferry.stream.state.CollectionState;
import io.vectorferry.stream.state.StateStores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.utils.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What concerns many keys is done in steps, each within a transaction of its own. */
class SweepStepsTest {
    private static final int STEP = CollectionOrder.STEP_KEYS;
    private static final Duration A_STEP = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    @Test
    void aTruncationOfManyKeysTakesStepsWhileLaterChangesPassAndABarrierWaits() {
        int keys = 2 * STEP + 500;
        try (TopologyDriver driver = new TopologyDriver(TestPipelines.pipeline())) {
            fill(driver, keys);

            driver.broadcast(new Change.Truncate(COLLECTION, at(10), 0));
            List<String> first = driver.written();
            assertThat(first).hasSize(STEP).allMatch(one -> one.endsWith("-"));

            long notReached = LongStream.range(0, keys)
                    .filter(id -> !first.contains(id + "-"))
                    .max()
                    .orElseThrow();
            driver.upsert(notReached, at(11), row("new", 1, 2));
            driver.upsert(notReached - 1, at(9), row("older", 1, 2));
            driver.broadcast(barrier("b1"));
            driver.broadcast(new Change.Truncate("public.other", at(10), 0));
            driver.broadcast(barrier("b2"));
            assertThat(driver.written()).containsExactly(notReached + "=[new]");

            List<String> rest = new ArrayList<>();
            for (int step = 0; step < 5; step++) {
                driver.advance(A_STEP);
                List<String> written = driver.written();
                assertThat(written).hasSizeLessThanOrEqualTo(STEP + 1);
                rest.addAll(written);
            }
            assertThat(rest).hasSize(keys - STEP).endsWith("barrier/0=b2");
            rest.removeLast();
            rest.addAll(first);
            assertThat(rest)
                    .containsExactlyInAnyOrderElementsOf(LongStream.range(0, keys)
                            .filter(id -> id != notReached)
                            .mapToObj(id -> id + "-")
                            .toList());
            driver.broadcast(barrier("b3"));
            assertThat(driver.written()).containsExactly("barrier/0=b3");
        }
    }

    @Test
    void aLaterTruncationTakesAnUnfinishedOneInAndDeletionsAreForgottenInStepsToo() {
        int keys = 2 * STEP + 500;
        try (TopologyDriver driver = new TopologyDriver(TestPipelines.pipeline())) {
            fill(driver, keys);
            driver.broadcast(new Change.Truncate(COLLECTION, at(10), 0));
            List<String> gone = new ArrayList<>(driver.written());
            long reached = Long.parseLong(gone.getFirst().replace("-", ""));
            driver.upsert(reached, at(11), row("between", 1, 2));
            driver.broadcast(barrier("b1"));
            driver.broadcast(new Change.SnapshotComplete(COLLECTION, 2));
            steps(driver);
            gone.addAll(driver.written());

            assertThat(gone).hasSize(keys + 3).endsWith("barrier/0=b1").containsOnlyOnce(reached + "=[between]");
            driver.advance(Duration.ofDays(8));
            steps(driver);
            assertThat(driver.stored(StateStores.ROWS)).isEmpty();
        }
    }

    @Test
    void aSweepIsTheSameAfterItWasKept() {
        CollectionState.Sweep sweep =
                new CollectionState.Sweep(at(7), Bytes.wrap(new byte[] {1, 2}), new Barrier("b", 1, "0/2", 3, 4));
        for (CollectionState state : List.of(
                CollectionState.UNKNOWN.truncatedAt(at(5), Bytes.wrap(new byte[] {9})),
                CollectionState.UNKNOWN.completed(3, Bytes.wrap(new byte[] {9})).with(java.util.Optional.empty()),
                CollectionState.UNKNOWN.with(java.util.Optional.of(sweep)))) {
            assertThat(CollectionState.decode(state.encode())).isEqualTo(state);
        }
    }

    @Test
    void aSweepGoesOnWhereAKillInterruptedIt() throws IOException {
        int keys = 24_000;
        Path state = directory.resolve("state");
        PipelineConfig config = TestPipelines.pipeline();
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                StreamBench bench = new StreamBench(config, broker.bootstrapServers())) {
            for (long id = 0; id < keys; id++) {
                bench.send(key(id), upsert(at(1), "row"));
            }
            bench.barrier("filled");
            bench.runUntil(state, () -> bench.barriersSeen("filled") == 2);
            bench.broadcast(new Change.Truncate(COLLECTION, at(10), 0));
            bench.send(key(keys - 1), upsert(at(11), "after"));
            bench.barrier("truncated");
            for (int kill = 0; kill < 2; kill++) {
                int written = bench.rowRecords().size();
                Process stage = StageProcess.start(broker.bootstrapServers(), state);
                try {
                    await().atMost(PATIENCE)
                            .until(() -> bench.rowRecords().size() > written || bench.barriersSeen("truncated") == 2);
                } finally {
                    stage.destroyForcibly().onExit().join();
                }
            }
            bench.runUntil(state, () -> bench.barriersSeen("truncated") == 2);

            List<String> rows =
                    bench.rowRecords().subList(keys, bench.rowRecords().size());
            assertThat(rows).doesNotHaveDuplicates().hasSizeBetween(keys, keys + 1);
            assertThat(rows.stream().filter(row -> row.contains("after"))).hasSize(1);
            assertThat(bench.isLast("truncated")).isTrue();
        }
    }

    private static void steps(TopologyDriver driver) {
        for (int step = 0; step < 5; step++) {
            driver.advance(A_STEP);
        }
    }

    private static void fill(TopologyDriver driver, int keys) {
        for (long id = 0; id < keys; id++) {
            driver.upsert(id, at(1), row("row", 1, 2));
        }
        driver.written();
    }

    private static Change upsert(SourcePosition position, String text) {
        return new Change.Upsert(Change.Origin.CREATE, position, 0, row(text, 1, 2));
    }

    private static Change barrier(String id) {
        return new Change.BarrierMark(new Barrier(id, 5, "0/10", 3, 2));
    }

    private static SourcePosition at(long place) {
        return SourcePosition.stream(1, place, 0);
    }
}
