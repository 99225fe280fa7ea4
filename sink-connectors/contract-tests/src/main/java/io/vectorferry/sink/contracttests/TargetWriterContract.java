package io.vectorferry.sink.contracttests;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.key;
import static io.vectorferry.sink.contracttests.Rows.row;
import static io.vectorferry.sink.contracttests.Rows.schema;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of a target's writer. A target's test extends this and says which target is meant. */
public interface TargetWriterContract {
    /** An empty target, opened again on the same store each time within one test. */
    Target target();

    private TargetWriter opened(Target target) {
        TargetWriter writer = target.writer(Rows.COLLECTION);
        writer.prepare(schema());
        return writer;
    }

    private Map<Long, Row> stored(Target target) {
        return stored(target, Rows.COLLECTION);
    }

    private Map<Long, Row> stored(Target target, String collection) {
        Map<Long, Row> rows = new HashMap<>();
        try (TargetReader reader = target.reader(collection)) {
            reader.scan(stored -> assertThat(rows.put(((TargetKey.NumberId) stored.id()).value(), stored.row()))
                    .as("rows under one id")
                    .isNull());
            assertThat(reader.count()).isEqualTo(rows.size());
            assertMarksHold(reader, rows.keySet());
        }
        return rows;
    }

    /** Another scan that begins at any mark gives exactly the rows that were not given before it. */
    private static void assertMarksHold(TargetReader reader, Set<Long> all) {
        Map<String, Set<Long>> before = new HashMap<>();
        Set<Long> given = new HashSet<>();
        reader.scan("", stored -> given.add(number(stored.id())), mark -> before.put(mark, Set.copyOf(given)));
        assertThat(given).isEqualTo(all);
        before.forEach((mark, rows) -> {
            assertThat(reader.continuesFrom(mark)).isTrue();
            Set<Long> both = new HashSet<>(rows);
            reader.scan(
                    mark, stored -> assertThat(both.add(number(stored.id()))).isTrue(), next -> {});
            assertThat(both).isEqualTo(all);
        });
    }

    private static long number(TargetKey.Id id) {
        return ((TargetKey.NumberId) id).value();
    }

    @Test
    default void aBatchAppliedTwiceLeavesTheTargetAsAppliedOnce() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            WriteBatch batch = batch(3, upsert(1, "a"), upsert(2, "b"), delete(3));
            writer.apply(batch);
            writer.apply(batch);
            assertThat(stored(target)).isEqualTo(Map.of(1L, row(1, "a"), 2L, row(2, "b")));
        }
    }

    @Test
    default void anUpsertThenDeleteOfAKeyLeavesNothingAndTheReverseLeavesTheRow() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            writer.apply(batch(4, upsert(1, "a"), delete(1), delete(2), upsert(2, "b")));
            assertThat(stored(target)).isEqualTo(Map.of(2L, row(2, "b")));
            writer.apply(batch(6, delete(2), upsert(1, "c")));
            assertThat(stored(target)).isEqualTo(Map.of(1L, row(1, "c")));
        }
    }

    @Test
    default void aWriterThatDiedBeforeItsAcknowledgementIsFollowedByOneThatRepeatsTheBatch() {
        WriteBatch batch = batch(2, upsert(1, "a"), upsert(2, "b"));
        try (Target target = target();
                TargetWriter died = opened(target)) {
            died.apply(batch);
        }
        try (Target target = target();
                TargetWriter next = target.writer(Rows.COLLECTION)) {
            if (target.capabilities().remembersOffsets()) {
                assertThat(next.committedOffsets()).contains(batch.offsets());
            }
            next.prepare(schema());
            next.apply(batch);
            assertThat(stored(target)).hasSize(2);
        }
    }

    @Test
    default void aReopenedTableTakesDeletionsBeforeAnyRowIsSeen() {
        try (Target target = target();
                TargetWriter first = target.writer(Rows.COLLECTION)) {
            assertThat(first.exists()).isFalse();
            first.prepare(schema());
            first.apply(batch(2, upsert(1, "a"), upsert(2, "b")));
        }
        try (Target target = target();
                TargetWriter next = target.writer(Rows.COLLECTION)) {
            assertThat(next.exists()).isTrue();
            next.committedOffsets();
            next.apply(batch(3, delete(1)));
            next.flush();
            assertThat(stored(target)).containsOnlyKeys(2L);
        }
    }

    @Test
    default void idsBeyondWhatADoubleHoldsAreExact() {
        try (Target target = target();
                TargetWriter writer = opened(target);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            List<Long> ids = List.of(Long.MIN_VALUE + 1, -1L, (1L << 53) + 1, Long.MAX_VALUE - 1);
            writer.apply(batch(1, ids.stream().map(id -> upsert(id, "x")).toArray(TargetWrite[]::new)));
            assertThat(stored(target)).containsOnlyKeys(ids);
            List<TargetKey.Id> keys =
                    ids.stream().<TargetKey.Id>map(TargetKey.NumberId::new).toList();
            assertThat(reader.fetch(keys)).containsOnlyKeys(keys);
            List<TargetKey.Id> scanned = new ArrayList<>();
            reader.scanIds(scanned::add);
            assertThat(scanned).containsExactlyInAnyOrderElementsOf(keys);
            writer.apply(batch(2, delete(Long.MIN_VALUE + 1), delete(Long.MAX_VALUE - 1)));
            assertThat(stored(target)).containsOnlyKeys(ids.subList(1, 3));
        }
    }

    @Test
    default void theNearestRowsComeFirstAndTheSameVectorIsAtDistanceZero() {
        try (Target target = target();
                TargetWriter writer = opened(target);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.apply(batch(
                    1,
                    upsert(1, Rows.row(Vector.ofFloats(1, 0, 0), Rows.text("body", "x"))),
                    upsert(2, Rows.row(Vector.ofFloats(0, 1, 0), Rows.text("body", "y"))),
                    upsert(3, Rows.row(Vector.ofFloats(0.1f, 0.9f, 0), Rows.text("body", "yy")))));
            List<TargetReader.Hit> hits = reader.search(Vector.ofFloats(0, 1, 0), 2);
            assertThat(hits)
                    .extracting(TargetReader.Hit::id)
                    .containsExactly(new TargetKey.NumberId(2), new TargetKey.NumberId(3));
            assertThat(hits.getFirst().score()).isLessThan(1e-6);
            FieldCondition x = new FieldCondition("body", FieldCondition.Operator.EQUAL, new Value.Text("x"));
            assertThat(reader.search(Vector.ofFloats(0, 1, 0), 2, List.of(x)))
                    .extracting(TargetReader.Hit::id)
                    .containsExactly(new TargetKey.NumberId(1));
        }
    }

    @Test
    default void anEmptyBatchChangesNothingButItsOffsets() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            writer.apply(batch(1, upsert(1, "a")));
            writer.apply(batch(9));
            assertThat(stored(target)).containsOnlyKeys(1L);
            if (target.capabilities().remembersOffsets()) {
                assertThat(writer.committedOffsets()).contains(Rows.offsets(9));
            }
        }
    }

    @Test
    default void aRowOfAnotherDimensionOrWithAnUnknownColumnIsToldBeforeItIsWritten() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            TargetWrite wrong = upsert(1, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "x")));
            TargetWrite unknown = upsert(1, Rows.row(Vector.ofFloats(1, 2, 3), Rows.text("title", "x")));
            assertThat(writer.check(wrong)).map(Rejection::type).contains(ErrorType.DIMENSION_MISMATCH);
            assertThat(writer.check(unknown)).map(Rejection::type).contains(ErrorType.SCHEMA);
            assertThat(writer.check(upsert(1, "fine"))).isEmpty();
        }
    }

    @Test
    default void aColumnThatTheSourceGainsIsAddedAndIsNullInOlderRows() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            writer.apply(batch(1, upsert(1, "a")));
            Row grown = Rows.row(Vector.ofFloats(1, 2, 3), Rows.text("body", "b"), Rows.text("title", "t"));
            TargetSchema schema = Rows.schemaOf(key(2), grown);
            writer.prepare(schema);
            writer.apply(batch(2, upsert(2, grown)));
            assertThat(stored(target).get(2L)).isEqualTo(grown);
            assertThat(stored(target)).hasSize(2);
        }
    }

    @Test
    default void aColumnThatTheSourceWidensHoldsOldAndNewRowsAlsoAfterARestart() {
        Row narrow = WidenedRows.narrow();
        Row wide = WidenedRows.wide();
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(key(1), narrow));
            writer.apply(batch(1, upsert(1, narrow)));
            writer.prepare(Rows.schemaOf(key(2), wide));
            assertThat(writer.check(upsert(2, wide))).isEmpty();
            assertThat(writer.check(upsert(3, narrow))).isEmpty();
            writer.apply(batch(3, upsert(2, wide), upsert(3, narrow)));
        }
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.committedOffsets();
            writer.prepare(Rows.schemaOf(key(4), narrow));
            assertThat(writer.check(upsert(4, narrow))).isEmpty();
            writer.apply(batch(4, upsert(4, narrow)));
            Map<Long, Map<String, Value>> values = new HashMap<>();
            stored(target).forEach((id, row) -> values.put(id, EveryType.values(row)));
            Map<String, Value> old = EveryType.values(WidenedRows.narrowInWideColumns());
            assertThat(values).isEqualTo(Map.of(1L, old, 2L, EveryType.values(wide), 3L, old, 4L, old));
        }
    }

    @Test
    default void aNullVectorStaysNullBesideOthersOrIsTold() {
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            Row without = Rows.row(null, Rows.text("body", "none"));
            if (!target.capabilities().nullVectors()) {
                assertThat(writer.check(upsert(1, without)))
                        .map(Rejection::type)
                        .contains(ErrorType.SCHEMA);
                return;
            }
            writer.apply(batch(1, upsert(1, without), upsert(2, "b"), upsert(3, without)));
            writer.apply(batch(2, upsert(4, without)));
            assertThat(stored(target)).isEqualTo(Map.of(1L, without, 2L, row(2, "b"), 3L, without, 4L, without));
        }
    }

    @Test
    default void aRowWithSeveralVectorsComesBackWithEachOfThemAlsoAfterARestart() {
        Row first = SeveralVectors.row(1);
        Row second = SeveralVectors.row(2);
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            if (!target.capabilities().severalVectors()) {
                assertThat(target.held(first).vectors()).hasSize(1);
                return;
            }
            writer.prepare(Rows.schemaOf(key(1), first));
            assertThat(writer.check(upsert(1, first))).isEmpty();
            writer.apply(batch(2, upsert(1, first), upsert(2, first)));
        }
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.committedOffsets();
            assertThat(writer.filledWith().orElseThrow().vectors())
                    .extracting(TargetSchema.VectorShape::name)
                    .containsExactlyInAnyOrderElementsOf(
                            first.vectors().stream().map(VectorColumn::name).toList());
            assertThat(writer.dimensionOf("other")).isEqualTo(2);
            writer.prepare(Rows.schemaOf(key(2), second));
            writer.apply(batch(3, upsert(2, second)));

            Map<Long, Map<String, Vector>> vectors = new HashMap<>();
            stored(target).forEach((id, row) -> vectors.put(id, SeveralVectors.values(row)));
            assertThat(vectors).isEqualTo(Map.of(1L, SeveralVectors.values(first), 2L, SeveralVectors.values(second)));

            reader.searchBy("other");
            assertThat(reader.search(SeveralVectors.other(2), 1))
                    .singleElement()
                    .satisfies(hit -> assertThat(hit.id()).isEqualTo(key(2).id()));
        }
    }

    @Test
    default void everyFieldTypeComesBackAsItWent() {
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            Row full = EveryType.row();
            Row empty = EveryType.nulls(target.capabilities().nullVectors() ? null : Vector.ofFloats(0, 0, 1));
            writer.prepare(Rows.schemaOf(key(1), full));
            assertThat(writer.check(upsert(1, full))).isEmpty();
            writer.apply(batch(2, upsert(1, full), upsert(2, empty), upsert(3, full)));
            Map<Long, Map<String, Value>> values = new HashMap<>();
            stored(target).forEach((id, row) -> values.put(id, EveryType.values(row)));
            assertThat(values)
                    .isEqualTo(Map.of(
                            1L, EveryType.values(full), 2L, EveryType.values(empty), 3L, EveryType.values(full)));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    default void batchesLeaveTheTargetAsApplyingEveryWriteInOrder(long seed) {
        Random random = new Random(seed);
        Map<Long, Row> model = new HashMap<>();
        try (Target target = target();
                TargetWriter writer = opened(target)) {
            for (int round = 0; round < 12; round++) {
                List<TargetWrite> history = new ArrayList<>();
                int writes = random.nextInt(60);
                for (int i = 0; i < writes; i++) {
                    long id = random.nextLong(40);
                    if (random.nextInt(3) == 0) {
                        history.add(delete(id));
                        model.remove(id);
                    } else {
                        Row row = row(id, "version " + round + "." + i);
                        history.add(upsert(id, row));
                        model.put(id, row);
                    }
                }
                writer.apply(WriteBatch.collapse(history, Rows.offsets(round)));
                assertThat(stored(target)).isEqualTo(model);
            }
        }
    }
}
