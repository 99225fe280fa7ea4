package io.vectorferry.verify.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.ContinuousVerification;
import io.vectorferry.verify.LaggingStores;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.settle.Explanations;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.watch.TargetWatch.DrawnKeys;
import io.vectorferry.verify.watch.WatchedTable.OpenDifference;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes on while the pipeline runs finds the planted faults and no others, forgets what was mended, and loses nothing to an error. */
public class TargetWatchTest {
    private static final int ROWS = 600;
    private static final long BUSY_IDS = 200;
    private static final int FAULTS = 12;
    private static final int MAX_TURNS = 200;

    @TempDir
    public Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aSweepFindsExactlyWhatWasPlantedWhileRowsChangeAndThePipelineIsBehind(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 5);
        Map<Long, String> planted = plant(stores, new Random(seed));
        try (TargetWatch watch = watch(stores, most -> List.of(), stores, TargetWatchTest::firstGeneration)) {
            sweep(watch, 1);
            assertThat(open(watch)).isEqualTo(planted);
        }
    }

    @Test
    void whatWasMendedIsADifferenceNoLonger() {
        LaggingStores stores = new LaggingStores(11, ROWS, BUSY_IDS, 5);
        var before = stores.stored(500);
        stores.plant(500, null);
        try (TargetWatch watch = watch(stores, most -> List.of(), stores, TargetWatchTest::firstGeneration)) {
            sweep(watch, 1);
            assertThat(open(watch)).containsOnlyKeys(500L);

            stores.plant(500, before);

            assertThat(watch.turn().different()).isTrue();
            assertThat(open(watch)).isEmpty();
        }
    }

    @Test
    void aRowThatChangedLatelyIsLookedAtBeforeASweepComesToIt() {
        LaggingStores stores = new LaggingStores(12, ROWS, BUSY_IDS, 5);
        stores.plant(599, null);
        SourceKey changed = new SourceKey("rows", List.of(new Value.Whole(599)));
        try (TargetWatch watch = watch(stores, most -> List.of(changed), stores, TargetWatchTest::firstGeneration)) {
            watch.turn();
            assertThat(open(watch)).containsExactly(Map.entry(599L, "missing"));
            assertThat(watch.state().getSweepsCompleted()).isZero();
        }
    }

    @Test
    void whatIsSeenBesideABeginningSnapshotProvesNothing() {
        LaggingStores stores = new LaggingStores(13, ROWS, BUSY_IDS, 5);
        stores.plant(500, null);
        AtomicInteger generation = new AtomicInteger();
        try (TargetWatch watch =
                watch(stores, most -> List.of(), stores, () -> Optional.of(List.of(generation.incrementAndGet())))) {
            sweep(watch, 1);
            assertThat(open(watch)).isEmpty();
        }
        try (TargetWatch watch = watch(stores, most -> List.of(), stores, Optional::empty)) {
            watch.turn();
            assertThat(watch.state().getChecked()).isZero();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void aSourceATargetOrABarrierThatFailsNowAndThenHidesNothing(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 5);
        Map<Long, String> planted = plant(stores, new Random(seed));
        Random luck = new Random(seed);
        TargetBarriers failing = () -> {
            if (luck.nextInt(2) == 0) {
                throw FerryException.retryable("no barrier today", new IllegalStateException());
            }
            return stores.reach();
        };
        stores.failReadsOf(luck, 10);
        try (TargetWatch watch = watch(stores, most -> List.of(), failing, TargetWatchTest::firstGeneration)) {
            sweep(watch, 1);
            assertThat(open(watch)).isEqualTo(planted);
        }
    }

    @Test
    void anotherRunKnowsWhatTheOneBeforeHasFound() {
        LaggingStores stores = new LaggingStores(14, ROWS, BUSY_IDS, 5);
        Map<Long, String> planted = plant(stores, new Random(14));
        ContinuousVerification published;
        try (TargetWatch watch = watch(stores, most -> List.of(), stores, TargetWatchTest::firstGeneration)) {
            sweep(watch, 1);
            published = watch.state().build();
        }
        try (TargetWatch watch = watch(stores, most -> List.of(), stores, Optional::empty, published)) {
            assertThat(open(watch)).isEqualTo(planted);
            assertThat(watch.state().build()).isEqualTo(published);
        }
    }

    @Test
    void aRestIsAsLongAsTheRowsAndTheShareOfTimeAsk() {
        VerificationPace pace = new VerificationPace(500, 3);
        assertThat(pace.restAfter(1_000, Duration.ofMillis(10))).isEqualTo(Duration.ofMillis(1_990));
        assertThat(pace.restAfter(1_000, Duration.ofMillis(300))).isEqualTo(Duration.ofMillis(9_700));
        assertThat(pace.restAfter(0, Duration.ZERO)).isEqualTo(Duration.ofSeconds(1));
    }

    private static Optional<List<Integer>> firstGeneration() {
        return Optional.of(List.of(1));
    }

    private TargetWatch watch(
            LaggingStores stores,
            DrawnKeys recent,
            TargetBarriers barriers,
            Supplier<Optional<List<Integer>>> generations) {
        return watch(stores, recent, barriers, generations, ContinuousVerification.getDefaultInstance());
    }

    private TargetWatch watch(
            LaggingStores stores,
            DrawnKeys recent,
            TargetBarriers barriers,
            Supplier<Optional<List<Integer>>> generations,
            ContinuousVerification before) {
        WatchedTable table = new WatchedTable(
                "rows", stores.source(), stores.target(), barriers, Explanations.NONE, VectorTolerance.EXACT);
        TargetWatch.Settings settings =
                new TargetWatch.Settings(new VerificationPace(50, 100), Duration.ZERO, Duration.ZERO, directory);
        return new TargetWatch(List.of(table), recent, barriers, generations, settings, before, Clock.systemUTC());
    }

    /** Turn by turn; one that fails is taken again. */
    private static void sweep(TargetWatch watch, int sweeps) {
        for (int turn = 0; turn < MAX_TURNS && watch.state().getSweepsCompleted() < sweeps; turn++) {
            try {
                watch.turn();
            } catch (FerryException e) {
                assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
            }
        }
        assertThat(watch.state().getSweepsCompleted()).isEqualTo(sweeps);
    }

    private static Map<Long, String> open(TargetWatch watch) {
        Map<Long, String> open = new TreeMap<>();
        watch.state().getOpenList().stream()
                .map(OpenDifference::of)
                .forEach(difference -> open.put(
                        ((TargetKey.NumberId) difference.suspect().id()).value(),
                        difference.kind().label()));
        return open;
    }

    /** Where the application does not write. */
    private static Map<Long, String> plant(LaggingStores stores, Random random) {
        Set<Long> ids = new TreeSet<>();
        while (ids.size() < FAULTS) {
            ids.add(BUSY_IDS + random.nextLong(ROWS - BUSY_IDS));
        }
        Map<Long, String> planted = new TreeMap<>();
        for (long id : new ArrayList<>(ids)) {
            switch (random.nextInt(3)) {
                case 0 -> {
                    stores.plant(id, null);
                    planted.put(id, "missing");
                }
                case 1 -> {
                    stores.plant(id, stores.edited(id));
                    planted.put(id, "mismatched");
                }
                default -> {
                    stores.plant(id + ROWS, stores.any());
                    planted.put(id + ROWS, "extra");
                }
            }
        }
        return planted;
    }
}
