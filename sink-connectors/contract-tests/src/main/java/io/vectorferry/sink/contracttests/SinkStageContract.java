package io.vectorferry.sink.contracttests;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.sink.contracttests.SinkLog.Running;
import io.vectorferry.sink.spi.Target;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a sink promises on a real log, whatever its target. */
public interface SinkStageContract {
    /** An empty target with a table a collection, opened anew on the same store each time within one test. */
    Target target();

    @Test
    default void anAcknowledgedBarrierMeansThatAllBeforeItIsReadableAndBadRowsAreDeadLetters(@TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory);
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
    default void aRestartedSinkGoesOnWhereItStoodTakesADeletionFirstAndKeepsItsCounters(@TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory)) {
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
    default void aColumnThatTheSourceWidensMakesNoDeadLettersAndStopsNoSinkAlsoAfterARestart(@TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory)) {
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
    default void aTargetThatWasAwayForLongerThanDeletionsAreKeptIsRefusedThoughAnotherTableIsEmpty(
            @TempDir Path directory) {
        try (SinkLog log = new SinkLog(directory)) {
            log.aged(Topics.TOMBSTONE_RETENTION.plusDays(1));
            log.upsert(1, Rows.row(1, "a"));
            log.barrier("1", 1);
            log.snapshotKnown(Rows.COLLECTION);
            log.snapshotKnown("public.empty");
            try (Running first = log.start(target())) {
                log.awaitBarrier(first, "1");
            }
            log.upsert(1, Rows.row(1, "b"));
            log.barrier("2", 2);
            log.aged(Duration.ZERO);
            log.barrier("3", 3);
            try (Running second = log.start(target())) {
                log.awaitFailure(second);
                FerryException failure = (FerryException) second.run().exceptionNow();
                assertThat(failure.getMessage()).contains("longer than deletions are kept");
                assertThat(failure.remedy()).doesNotContain("ferry replay");
            }
        }
    }
}
