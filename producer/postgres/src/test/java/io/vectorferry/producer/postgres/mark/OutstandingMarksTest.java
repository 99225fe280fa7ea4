package io.vectorferry.producer.postgres.mark;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.wire.ReadMark;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A mark is missed when capture has passed its place, and never before or without a reason. */
class OutstandingMarksTest {
    private final OutstandingMarks marks = new OutstandingMarks(List.of());

    @Test
    void isMissedOnceEverythingBeforeTheEndOfTheLogAtItsTimeHasCome() {
        write("s", "a", 100, 120);
        assertThat(marks.missing(120)).isEmpty();
        assertThat(marks.missing(121)).contains("0/64");

        marks.came("a");
        assertThat(marks.missing(121)).isEmpty();
    }

    @Test
    void isRecordedUntilThePlaceBehindItIs() {
        write("s", "a", 100, 120);
        marks.came("a");
        assertThat(marks.toRecord()).hasSize(1);

        marks.passed();
        assertThat(marks.toRecord()).isEmpty();
    }

    @Test
    void thatCaptureCameToBeforeItsWriterKnewItsPlaceIsNotWaitedFor() {
        marks.announced("a");
        marks.came("a");
        marks.passed();
        marks.written("s", "a", 100, 120);
        assertThat(marks.toRecord()).isEmpty();
        assertThat(marks.missing(200)).isEmpty();
    }

    @Test
    void whoseWriteFailedIsNotWaitedFor() {
        marks.announced("a");
        assertThat(marks.missing(200)).isEmpty();
        marks.withdrawn("a");
        assertThat(marks.missing(200)).isEmpty();
        assertThat(marks.toRecord()).isEmpty();
    }

    @Test
    void standsForThoseOfItsSessionAndHidesNoneOfAnEarlierOne() {
        OutstandingMarks restarted = new OutstandingMarks(List.of(
                ReadMark.newBuilder().setId("old").setPlace(50).setBefore(60).build()));
        restarted.announced("a");
        restarted.written("s", "a", 100, 120);
        restarted.announced("b");
        restarted.written("s", "b", 110, 130);
        assertThat(restarted.toRecord()).extracting(ReadMark::getId).containsExactly("old", "b");
        assertThat(restarted.missing(100)).contains("0/32");

        restarted.came("b");
        restarted.passed();
        assertThat(restarted.missing(200)).contains("0/32");
    }

    private void write(String session, String id, long place, long before) {
        marks.announced(id);
        marks.written(session, id, place, before);
    }
}
