package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.COLLECTION;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A random source, whose table is the model: inserts, updates, deletions, key reuse, truncations and new generations. Its
 * log arrives with duplicates and with snapshot rows as stale as a slow reader makes them. The target must be the table.
 */
class ModelTest {
    private static final int SEEDS = 200;
    private static final int STEPS = 150;
    private static final int KEYS = 8;
    private static final int TEXTS = 3;

    static LongStream seeds() {
        return LongStream.range(0, SEEDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theTargetIsTheSourcesTableAndAReplayChangesNothing(long seed) {
        Random random = new Random(seed);
        Source source = new Source();
        List<Step> history = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            history.addAll(source.next(random));
            if (!history.isEmpty() && random.nextInt(5) == 0) {
                history.add(history.get(random.nextInt(history.size())));
            }
        }

        try (TopologyDriver driver =
                new TopologyDriver(TestPipelines.pipeline("transform:", "  - filter: \"lang != 'text 0'\""))) {
            history.forEach(step -> step.pipeInto(driver));
            Map<Long, String> target = new TreeMap<>();
            apply(driver.records(), target);
            assertThat(target).isEqualTo(source.visible());

            history.forEach(step -> step.pipeInto(driver));
            assertThat(driver.records()).isEmpty();
        }
    }

    private static void apply(List<TestRecord<RecordKey, TargetRecord>> records, Map<Long, String> target) {
        for (var record : records) {
            if (!(record.key() instanceof RecordKey.OfRow(TargetKey(String c, TargetKey.NumberId(long id))))) {
                continue;
            }
            switch (record.value()) {
                case TargetRecord.Upsert upsert ->
                    target.put(
                            id,
                            TestValues.shown(upsert.row().fields().getFirst().value()));
                case TargetRecord.Delete() -> target.remove(id);
                case TargetRecord.BarrierMark mark -> throw new AssertionError("a row's key holds a row");
            }
        }
    }

    /** One message of the log. */
    private record Step(long id, Change change) {
        void pipeInto(TopologyDriver driver) {
            switch (change) {
                case Change.Upsert upsert -> driver.pipe(TestPipelines.key(id), upsert);
                case Change.Delete delete -> driver.pipe(TestPipelines.key(id), delete);
                case Change.Truncate truncate -> driver.broadcast(truncate);
                case Change.SnapshotComplete complete -> driver.broadcast(complete);
                case Change.BarrierMark mark -> driver.broadcast(mark);
                case Change.Redrive redrive -> driver.pipe(TestPipelines.key(id), redrive);
            }
        }
    }

    /** The table, its log's position, and a snapshot reader whose reads arrive late. */
    private static final class Source {
        private final Map<Long, String> table = new HashMap<>();
        private final List<Step> lateReads = new ArrayList<>();
        private int generation = 1;
        private long place;

        List<Step> next(Random random) {
            long id = random.nextInt(KEYS);
            return switch (random.nextInt(20)) {
                case 0 -> truncate();
                case 1 -> newGeneration(random);
                case 2, 3, 4, 5 -> {
                    readSnapshotRow(id);
                    yield List.of();
                }
                case 6, 7, 8 -> lateReads.isEmpty() ? List.of() : List.of(lateReads.removeFirst());
                case 9, 10, 11 -> {
                    table.remove(id);
                    yield List.of(new Step(id, new Change.Delete(here(), 0)));
                }
                default -> List.of(put(id, "text " + random.nextInt(TEXTS)));
            };
        }

        private Step put(long id, String text) {
            table.put(id, text);
            return new Step(id, new Change.Upsert(Change.Origin.UPDATE, here(), 0, row(text, 1, 2)));
        }

        private List<Step> truncate() {
            table.clear();
            return List.of(new Step(0, new Change.Truncate(COLLECTION, here(), 0)));
        }

        private void readSnapshotRow(long id) {
            if (table.containsKey(id)) {
                lateReads.add(snapshotRow(id));
            }
        }

        private Step snapshotRow(long id) {
            return new Step(
                    id,
                    new Change.Upsert(
                            Change.Origin.SNAPSHOT,
                            SourcePosition.snapshot(generation),
                            0,
                            row(String.valueOf(table.get(id)), 1, 2)));
        }

        /** The log was lost: keys change unseen, then the new snapshot reads them all. */
        private List<Step> newGeneration(Random random) {
            lateReads.clear();
            generation++;
            table.remove((long) random.nextInt(KEYS));
            table.put((long) random.nextInt(KEYS), "text " + random.nextInt(TEXTS));
            List<Step> steps = new ArrayList<>();
            table.keySet().forEach(id -> steps.add(snapshotRow(id)));
            steps.add(new Step(0, new Change.SnapshotComplete(COLLECTION, generation)));
            return steps;
        }

        private SourcePosition here() {
            return SourcePosition.stream(generation, ++place, 0);
        }

        Map<Long, String> visible() {
            Map<Long, String> visible = new TreeMap<>(table);
            visible.values().removeIf(text -> text.equals("text 0"));
            return visible;
        }
    }
}
