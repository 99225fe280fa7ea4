package io.vectorferry.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.verify.diff.KeyedDifference;
import io.vectorferry.verify.diff.TouchedComparison.TouchedRows;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.diff.VerificationProgress;
import io.vectorferry.verify.report.TableResult;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.settle.Explanations;
import io.vectorferry.verify.settle.Repairs;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random faults in, exactly those out: with the stores standing still, and with an application writing and a pipeline behind. */
public class TableVerificationTest {
    private static final int ROWS = 1_000;
    private static final long BUSY_IDS = 300;
    private static final int FAULTS = 15;

    /** So little that every part is parted again. */
    private static final long TINY_PART_BYTES = 1_000;

    private static final Duration CHECKPOINT_AT_EVERY_MARK = Duration.ZERO;
    private static final Duration NO_CHECKPOINT = Duration.ofHours(1);

    @TempDir
    public Path directory;

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void exactlyThePlantedFaultsAreFoundWhileTheStoresStandStill(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 0);
        Map<String, String> planted = plant(stores, new Random(seed));

        VerificationReport report = verify(stores, TINY_PART_BYTES, Explanations.NONE);

        assertThat(found(report)).isEqualTo(planted);
        assertThat(report.passed()).isFalse();
        assertThat(report.count().source()).isEqualTo(ROWS);
        assertThat(report.count().target())
                .isEqualTo(ROWS - report.diff().missing() + report.diff().extra());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void noneIsInventedAndNoneIsMissedWhileRowsChangeAndThePipelineIsBehind(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 20);
        Map<String, String> planted = plant(stores, new Random(seed));

        VerificationReport report = verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE);

        assertThat(found(report)).isEqualTo(planted);
    }

    @Test
    void anOlderStateThatStandsWhereTheNewOneIsADeadLetterIsStaleAndFails() {
        LaggingStores stores = new LaggingStores(10, ROWS, BUSY_IDS, 0);
        stores.plant(500, stores.edited(500));
        Explanations letters = rows -> {
            Map<SourceKey, ErrorType> known = new HashMap<>();
            rows.keySet().forEach(key -> known.put(key, ErrorType.SCHEMA));
            return known;
        };

        VerificationReport report = verify(stores, KeyedDifference.PART_BYTES, letters);

        assertThat(report.passed()).isFalse();
        assertThat(report.diff().stale()).isEqualTo(1);
        assertThat(report.diff().mismatched()).isZero();
        assertThat(report.diff().explained()).isEmpty();
        assertThat(report.diff().examples()).singleElement().satisfies(example -> {
            assertThat(example.id()).isEqualTo("500");
            assertThat(example.kind()).isEqualTo("stale");
        });
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whatABarrierAloneBringsInIsNeverCalledLost(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 3);
        stores.holdBack();
        Map<String, String> planted = plant(stores, new Random(seed));

        VerificationReport report = verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE);

        assertThat(found(report)).isEqualTo(planted);
    }

    @Test
    void anotherHundredRowsOfTheSameSeedAreTheSameSample() {
        LaggingStores stores = new LaggingStores(9, ROWS, BUSY_IDS, 0);

        VerificationReport report = verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE);

        assertThat(report.passed()).isTrue();
        assertThat(report.sample()).isEqualTo(new VerificationReport.Sample(100, 100, 1, 0));
        assertThat(verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE).sample())
                .isEqualTo(report.sample());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aRunThatBrokeOffIsTakenUpAtItsLastCheckpointAndFindsExactlyThePlantedFaults(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 20);
        Map<String, String> planted = plant(stores, new Random(seed));
        stores.breakOffAfter(ROWS / 2 + 50 * seed);
        assertThatThrownBy(
                        () -> verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE, CHECKPOINT_AT_EVERY_MARK))
                .hasMessageContaining("the connection is gone");

        stores.mend();
        VerificationReport report =
                verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE, CHECKPOINT_AT_EVERY_MARK);

        assertThat(found(report)).isEqualTo(planted);
        // The scan that broke off had half of its rows behind it; the other one was ended with it, wherever it was.
        assertThat(stores.rowsScanned()).as("rows read by the second run").isBetween(1L, ROWS + ROWS / 2L + FAULTS);
    }

    @Test
    void aScanThatFailsEndsTheOtherOneAndSaysWhy() {
        LaggingStores stores = new LaggingStores(11, ROWS, BUSY_IDS, 0);
        stores.breakOffAfter(1);
        stores.sourceNeverEnds();

        assertThatThrownBy(() -> verify(stores, KeyedDifference.PART_BYTES, Explanations.NONE))
                .hasMessageContaining("the connection is gone");
    }

    @Test
    void aRowThatStandsInADeadLetterIsExplainedAndNotMissing() {
        LaggingStores stores = new LaggingStores(10, ROWS, BUSY_IDS, 0);
        stores.plant(500, null);
        Explanations letters = rows -> {
            Map<SourceKey, ErrorType> known = new HashMap<>();
            rows.keySet().forEach(key -> known.put(key, ErrorType.SCHEMA));
            return known;
        };

        VerificationReport report = verify(stores, KeyedDifference.PART_BYTES, letters);

        assertThat(report.passed()).isTrue();
        assertThat(report.diff().missing()).isZero();
        assertThat(report.diff().explained()).isEqualTo(Map.of("schema", 1L));
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void ofTheTouchedRowsExactlyThePlantedFaultsAreFoundAndNoOtherRowIsLookedAt(long seed) {
        LaggingStores stores = new LaggingStores(seed, ROWS, BUSY_IDS, 20);
        Map<String, String> planted = plant(stores, new Random(seed));
        // Any other one, of all rows and of the faults: extra ones have ids that no row has.
        List<Long> touched =
                LongStream.range(0, 2 * ROWS).filter(id -> id % 2 == 0).boxed().toList();

        VerificationReport report = report(verification(stores, TINY_PART_BYTES, Explanations.NONE, NO_CHECKPOINT)
                .run(directory, touched(touched)));

        planted.keySet().removeIf(id -> Long.parseLong(id) % 2 == 1);
        assertThat(found(report)).isEqualTo(planted);
        assertThat(report.diff().checked()).isLessThanOrEqualTo(touched.size());
        assertThat(stores.rowsScanned()).isZero();
    }

    /** What the source said something about comes twice, what the sink alone was told of by its id. */
    private static TouchedRows touched(List<Long> ids) {
        return (changed, written) -> {
            List<SourceKey> keys = ids.stream()
                    .filter(id -> id < ROWS)
                    .map(id -> new SourceKey("rows", List.of(new Value.Whole(id))))
                    .toList();
            changed.accept(keys);
            changed.accept(keys);
            written.accept(ids.stream()
                    .map(id -> (TargetKey.Id) new TargetKey.NumberId(id))
                    .toList());
        };
    }

    private VerificationReport verify(LaggingStores stores, long partBytes, Explanations explanations) {
        return verify(stores, partBytes, explanations, NO_CHECKPOINT);
    }

    private VerificationReport verify(
            LaggingStores stores, long partBytes, Explanations explanations, Duration checkpointEvery) {
        return report(
                verification(stores, partBytes, explanations, checkpointEvery).run(directory));
    }

    private static TableVerification verification(
            LaggingStores stores, long partBytes, Explanations explanations, Duration checkpointEvery) {
        return new TableVerification(
                stores.source(),
                stores.target(),
                stores,
                stores.reach(),
                explanations,
                Repairs.NONE,
                options(partBytes, checkpointEvery),
                new VerificationProgress());
    }

    private static VerificationReport report(TableResult result) {
        VerificationOptions options = options(KeyedDifference.PART_BYTES, NO_CHECKPOINT);
        return TableResult.report("rows", "memory", List.of(result), options, 0);
    }

    private static VerificationOptions options(long partBytes, Duration checkpointEvery) {
        return new VerificationOptions(100, 7, false, VectorTolerance.EXACT, partBytes, checkpointEvery);
    }

    /** Where the application does not write. */
    private static Map<String, String> plant(LaggingStores stores, Random random) {
        Map<String, String> planted = new TreeMap<>();
        for (int i = 0; i < FAULTS; i++) {
            long id = BUSY_IDS + random.nextLong(ROWS - BUSY_IDS);
            if (planted.containsKey(Long.toString(id))) {
                continue;
            }
            switch (random.nextInt(3)) {
                case 0 -> {
                    stores.plant(id, null);
                    planted.put(Long.toString(id), "missing");
                }
                case 1 -> {
                    stores.plant(id, stores.edited(id));
                    planted.put(Long.toString(id), "mismatched");
                }
                default -> {
                    stores.plant(id + ROWS, stores.any());
                    planted.put(Long.toString(id + ROWS), "extra");
                }
            }
        }
        return planted;
    }

    private static Map<String, String> found(VerificationReport report) {
        Map<String, String> found = new TreeMap<>();
        report.diff().examples().forEach(example -> found.put(example.id(), example.kind()));
        assertThat(found).hasSize((int)
                (report.diff().missing() + report.diff().extra() + report.diff().mismatched()));
        return found;
    }
}
