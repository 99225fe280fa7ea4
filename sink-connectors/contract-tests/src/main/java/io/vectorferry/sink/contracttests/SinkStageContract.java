package io.vectorferry.sink.contracttests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The contract of a sink on a real log, whatever its target. */
public interface SinkStageContract {
    Duration PATIENCE = Duration.ofSeconds(60);

    /** An empty target with a table a collection, opened again on the same store each time within one test. */
    Target target();

    @Test
    default void anAcknowledgedBarrierMeansThatAllBeforeItIsReadableAndBadRowsAreDeadLetters() {
        try (SinkLog log = new SinkLog();
                Running running = log.start(target())) {
            for (long id = 0; id < 50; id++) {
                log.upsert(id, Rows.row(id, "first"));
            }
            log.upsert(100, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "short")));
            log.delete(7);
            log.delete(999);
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            assertThat(running.count()).isEqualTo(49);
            assertThat(log.deadLetters()).singleElement().satisfies(letter -> {
                assertThat(letter.error()).isEqualTo(ErrorType.DIMENSION_MISMATCH);
                assertThat(letter.stage()).isEqualTo("sink/" + running.target().name());
                assertThat(letter.original().isEmpty()).isFalse();
            });
        }
    }

    @Test
    default void theLetterOfARefusedRowIsDurableBeforeTheTargetIsPastIt() {
        List<String> seen = new CopyOnWriteArrayList<>();
        try (SinkLog log = new SinkLog();
                Target another = target();
                Running running = log.start(target())) {
            log.whenSynced(() -> {
                try (TargetReader reader = another.reader(Rows.COLLECTION)) {
                    seen.add("%d letters, %d rows".formatted(log.deadLetters().size(), reader.count()));
                }
            });
            log.upsert(2, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "x".repeat(20 << 20))));
            log.upsert(0, Rows.row(0, "good"));
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            assertThat(seen).contains("1 letters, 0 rows");
            assertThat(log.deadLetters())
                    .singleElement()
                    .satisfies(letter -> assertThat(letter.original().isEmpty()).isFalse());
        }
    }

    @Test
    default void manyRefusedRowsAreDeadLettersInTheirOrderAndGoToTheBrokerTogether() {
        try (SinkLog log = new SinkLog()) {
            log.upsert(0, Rows.row(0, "good"));
            log.upsertAll(
                    LongStream.rangeClosed(1, 5_000), Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "short")));
            log.barrier("1", 1);
            try (Running running = log.start(target())) {
                log.awaitBarrier(running, "1");
            }
            assertThat(log.deadLetterBatches()).isLessThan(500);
            List<DeadLetter> letters = log.deadLetters();
            assertThat(letters).hasSize(5_000);
            for (int partition = 0; partition < SinkLog.PARTITIONS; partition++) {
                int own = partition;
                assertThat(letters.stream()
                                .map(DeadLetter::origin)
                                .filter(origin -> origin.partition() == own)
                                .map(DeadLetter.Origin::offset))
                        .isNotEmpty()
                        .isSorted();
            }
        }
    }

    @Test
    default void anErrorInTheWriterEndsTheSinkWithItsNameInTheStatusAndTheNextStartGoesOn() {
        try (SinkLog log = new SinkLog()) {
            Target faulty = new FaultyTarget(target(), () -> {
                throw new OutOfMemoryError("Java heap space");
            });
            try (Running running = log.start(faulty)) {
                log.upsert(1, Rows.row(1, "a"));
                log.awaitFailure(running);
                assertThat(log.progress(faulty.name()).getState()).isEqualTo("failed");
                assertThat(log.progress(faulty.name()).getError())
                        .startsWith("sink/%s ended: java.lang.OutOfMemoryError".formatted(faulty.name()));
            }
            awaitOneRow(log);
        }
    }

    @Test
    default void aSinkThatIsInterruptedInAWriteEndsAndTheNextStartLosesNothing() {
        try (SinkLog log = new SinkLog()) {
            Target faulty =
                    new FaultyTarget(target(), () -> Thread.currentThread().interrupt());
            try (Running running = log.start(faulty)) {
                log.upsert(1, Rows.row(1, "a"));
                log.awaitEnd(running);
            }
            awaitOneRow(log);
        }
    }

    private void awaitOneRow(SinkLog log) {
        try (Running again = log.start(target())) {
            log.barrier("1", 1);
            log.awaitBarrier(again, "1");
            assertThat(again.count()).isEqualTo(1);
        }
    }

    @Test
    default void aRestartedSinkGoesOnWhereItStoodTakesADeletionFirstAndKeepsItsCounters() {
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(target())) {
                log.upsert(1, Rows.row(1, "a"));
                log.upsert(2, Rows.row(2, "b"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
                assertThat(first.count()).isEqualTo(2);
            }
            log.snapshotKnown(Rows.COLLECTION);
            log.delete(1);
            log.barrier("2", 2);
            String name;
            try (Running second = log.start(target())) {
                name = second.target().name();
                log.awaitBarrier(second, "2");
                assertThat(second.count()).isEqualTo(1);
                log.upsert(3, Rows.row(3, "c"));
                log.barrier("3", 3);
                log.awaitBarrier(second, "3");
                assertThat(second.count()).isEqualTo(2);
            }
            assertThat(log.progress(name).getUpserts()).isEqualTo(3);
            assertThat(log.progress(name).getDeletes()).isEqualTo(1);
        }
    }

    @Test
    default void aColumnThatTheSourceWidensMakesNoDeadLettersAndStopsNoSinkAlsoAfterARestart() {
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(target())) {
                log.upsert(1, WidenedRows.narrow());
                log.upsert(3, WidenedRows.wide());
                log.upsert(5, WidenedRows.narrow());
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
                assertThat(first.count()).isEqualTo(3);
            }
            log.upsert(7, WidenedRows.narrow());
            log.upsert(9, WidenedRows.wide());
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(second.count()).isEqualTo(5);
            }
            assertThat(log.deadLetters()).isEmpty();
        }
    }

    @Test
    default void aRowOfAnotherKindThatComesFirstAfterARestartIsADeadLetterAsItIsWithoutOne() {
        try (SinkLog log = new SinkLog()) {
            try (Running first = log.start(target())) {
                log.upsert(1, page(new Value.Whole(1), FieldType.Name.INT64));
                log.upsert(2, page(new Value.Whole(2), FieldType.Name.INT64));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
            }
            log.upsert(3, page(new Value.Text("iv"), FieldType.Name.TEXT));
            log.upsert(4, page(new Value.Text("iv"), FieldType.Name.TEXT));
            log.upsert(5, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "another dimension")));
            log.upsert(6, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "another dimension")));
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                log.upsert(8, page(new Value.Whole(3), FieldType.Name.INT64));
                log.upsert(3, page(new Value.Whole(4), FieldType.Name.INT64));
                log.barrier("3", 3);
                log.awaitBarrier(second, "3");
                Map<TargetKey.Id, Row> rows = second.rows();
                assertThat(rows.keySet())
                        .extracting(id -> ((TargetKey.NumberId) id).value())
                        .containsExactlyInAnyOrder(1L, 2L, 3L, 8L);
                rows.forEach((id, row) ->
                        assertThat(row.field("page").orElseThrow().value()).isInstanceOf(Value.Whole.class));
            }
            assertThat(log.deadLetters())
                    .extracting(DeadLetter::error)
                    .containsExactlyInAnyOrder(
                            ErrorType.SCHEMA,
                            ErrorType.SCHEMA,
                            ErrorType.DIMENSION_MISMATCH,
                            ErrorType.DIMENSION_MISMATCH);
        }
    }

    @Test
    default void aPausedSinkAppliesNothingReportsItsLagAndContinuesWithWhatCame() {
        try (SinkLog log = new SinkLog()) {
            String name;
            try (Running first = log.start(target())) {
                name = first.target().name();
                log.upsert(1, Rows.row(1, "a"));
                log.barrier("1", 1);
                log.awaitBarrier(first, "1");
                first.stage().pause();
                await("the pause").atMost(PATIENCE).until(first.stage()::isPaused);
                log.upsert(2, Rows.row(2, "b"));
                log.delete(1);
                log.barrier("2", 2);
                await("the lag").atMost(PATIENCE).until(() -> log.progress(name).getLagRecords() >= 2);
                assertThat(first.rows().keySet()).containsExactly(new TargetKey.NumberId(1));
                assertThat(log.isAcknowledged(name, "2")).isFalse();
            }
            log.snapshotKnown(Rows.COLLECTION);
            Target again = target();
            try (Running second = log.start(again, paused -> paused.pause())) {
                await("the lag after a restart")
                        .during(Duration.ofSeconds(2))
                        .atMost(PATIENCE)
                        .until(() -> second.stage().isPaused()
                                && log.progress(name).getLagRecords() >= 2
                                && !log.isAcknowledged(name, "2"));
                assertThat(second.rows().keySet()).containsExactly(new TargetKey.NumberId(1));
                second.stage().resume();
                log.awaitBarrier(second, "2");
                assertThat(second.rows().keySet()).containsExactly(new TargetKey.NumberId(2));
                assertThat(second.stage().isPaused()).isFalse();
            }
        }
    }

    @Test
    default void aRefusedUpdateTakesTheOldRowOutWhereThePipelineSaysSo() {
        try (SinkLog log = new SinkLog();
                Running running = log.start(target(), RefusedUpdates.DELETE)) {
            log.upsert(1, Rows.row(1, "old"));
            log.upsert(2, Rows.row(2, "stays"));
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            log.upsert(1, Rows.row(Vector.ofFloats(1, 2), Rows.text("body", "refused")));
            log.barrier("2", 2);
            log.awaitBarrier(running, "2");
            assertThat(running.rows().keySet()).containsExactly(new TargetKey.NumberId(2));
            log.upsert(1, Rows.row(1, "corrected"));
            log.barrier("3", 3);
            log.awaitBarrier(running, "3");
            assertThat(running.rows()).hasSize(2);
            assertThat(log.deadLetters()).hasSize(1);
        }
    }

    @Test
    default void noNameOfAFieldStopsTheOthers() {
        try (SinkLog log = new SinkLog();
                Running running = log.start(target())) {
            log.upsert(1, Rows.row(1, "x"));
            long id = 10;
            for (String name : AWKWARD_NAMES) {
                log.upsert(id++, Rows.row(Vector.ofFloats(1, 2, 3), Rows.text(name, "of " + name)));
            }
            for (long good = 100; good < 110; good++) {
                log.upsert(good, Rows.row(good, "good"));
            }
            log.barrier("1", 1);
            log.awaitBarrier(running, "1");
            Map<TargetKey.Id, Row> rows = running.rows();
            assertThat(rows)
                    .hasSize(11 + AWKWARD_NAMES.size() - log.deadLetters().size());
            for (int i = 0; i < AWKWARD_NAMES.size(); i++) {
                String name = AWKWARD_NAMES.get(i);
                Row row = rows.get(new TargetKey.NumberId(10 + i));
                if (row != null) {
                    assertThat(row.field(name).map(Field::value)).contains(new Value.Text("of " + name));
                }
            }
        }
    }

    /** A dot, nothing, differing in case only, the key's, the vector's, and those that a store may keep for itself. */
    List<String> AWKWARD_NAMES = List.of(
            "location.page",
            "location_page",
            "",
            "Source",
            "source",
            "id",
            "embedding",
            "a`b",
            "say \"x\"",
            "line\nbreak",
            "_rowid",
            "_distance",
            "$meta",
            "ü");

    private static Row page(Value value, FieldType.Name type) {
        return Rows.row(Vector.ofFloats(1, 2, 3), new Field("page", FieldType.of(type), value));
    }

    @Test
    default void aTargetThatIsBeingFilledFromOldRecordsGoesOnAfterARestart() {
        try (SinkLog log = new SinkLog()) {
            log.aged(Topics.TOMBSTONE_RETENTION.plusDays(20));
            log.upsert(1, Rows.row(1, "a"));
            log.upsert(2, Rows.row(2, "b"));
            log.barrier("1", 1);
            log.snapshotKnown(Rows.COLLECTION);
            try (Running first = log.start(target())) {
                log.awaitBarrier(first, "1");
            }
            log.upsert(3, Rows.row(3, "still in the old part of the log"));
            log.delete(2);
            log.aged(Duration.ZERO);
            log.barrier("2", 2);
            try (Running second = log.start(target())) {
                log.awaitBarrier(second, "2");
                assertThat(second.count()).isEqualTo(2);
            }
        }
    }

    @Test
    default void aTargetThatWasAwayForLongerThanDeletionsAreKeptIsRefusedThoughAnotherTableIsEmpty() {
        try (SinkLog log = new SinkLog()) {
            Duration ago = Topics.TOMBSTONE_RETENTION.plusDays(1);
            log.aged(ago);
            log.upsert(1, Rows.row(1, "a"));
            log.barrier("1", 1);
            log.snapshotKnown(Rows.COLLECTION);
            log.snapshotKnown("public.empty");
            try (Running first = log.start(target(), ago)) {
                log.awaitBarrier(first, "1");
            }
            log.upsert(1, Rows.row(1, "b"));
            log.barrier("2", 2);
            log.aged(Duration.ZERO);
            log.barrier("3", 3);
            try (Running second = log.start(target())) {
                log.awaitFailure(second);
                FerryException failure = (FerryException) second.run().exceptionNow();
                assertThat(failure.getMessage()).contains("longer than deletions are retained");
                assertThat(failure.remedy()).doesNotContain("ferry replay");
            }
        }
    }
}
