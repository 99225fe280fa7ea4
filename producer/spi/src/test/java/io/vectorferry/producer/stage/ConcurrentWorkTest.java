package io.vectorferry.producer.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One work's end is the end of all, with its reason, whatever it was. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConcurrentWorkTest {
    private final CountDownLatch stopped = new CountDownLatch(1);

    private final List<FerryException> told = new CopyOnWriteArrayList<>();

    private ConcurrentWork beside(ConcurrentWork.Work one) {
        return new ConcurrentWork("test-", told::add)
                .with("waiting", stopped::await, stopped::countDown)
                .with("one", one, () -> {});
    }

    private void assertEndsWith(ConcurrentWork.Work one, FerryException.Kind kind, String message) {
        assertThatThrownBy(() -> beside(one).run())
                .isInstanceOfSatisfying(
                        FerryException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessage(message);
        assertThat(stopped.getCount()).as("the other work was stopped").isZero();
        assertThat(told).extracting(Throwable::getMessage).containsExactly(message);
    }

    @Test
    void anErrorEndsAllAndNeedsAPerson() {
        assertEndsWith(
                () -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                FerryException.Kind.MISCONFIGURED,
                "one ended: java.lang.OutOfMemoryError: Java heap space");
    }

    @Test
    void aWorkThatSimplyEndsEndsAll() {
        assertEndsWith(() -> {}, FerryException.Kind.RETRYABLE, "one ended without being asked to");
    }

    @Test
    void anInterruptionEndsAll() {
        assertEndsWith(
                () -> {
                    throw new InterruptedException();
                },
                FerryException.Kind.RETRYABLE,
                "one was interrupted");
    }

    @Test
    void anUnexpectedExceptionEndsAll() {
        assertEndsWith(
                () -> {
                    throw new NullPointerException("quotes a row");
                },
                FerryException.Kind.RETRYABLE,
                "one failed with java.lang.NullPointerException; ferry.log in the data directory shows where");
    }

    @Test
    void neitherAFailedReportNorAFailedStopKeepsTheOthersFromEnding() {
        ConcurrentWork all = new ConcurrentWork("test-", e -> {
                    throw new IllegalStateException("Kafka is away");
                })
                .with("one", () -> {}, () -> {
                    throw new IllegalStateException("it cannot be stopped");
                })
                .with("waiting", stopped::await, stopped::countDown);
        assertThatThrownBy(all::run).isInstanceOf(FerryException.class).hasMessage("one ended without being asked to");
        assertThat(stopped.getCount()).isZero();
    }

    @Test
    void anInterruptedStageStopsItsWorksThoughTheReportFails() throws InterruptedException {
        ConcurrentWork all = new ConcurrentWork("test-", e -> {
                    throw new IllegalStateException("Kafka is away");
                })
                .with("waiting", stopped::await, stopped::countDown);
        Thread.currentThread().interrupt();
        assertThatThrownBy(all::run).isInstanceOf(FerryException.class).hasMessage("the stage was interrupted");
        assertThat(stopped.getCount()).isZero();
    }

    @Test
    void whatWasAskedToEndHasNotFailed() throws InterruptedException {
        ConcurrentWork both = beside(stopped::await);
        both.close();
        both.run();
        assertThat(stopped.getCount()).isZero();
    }
}
