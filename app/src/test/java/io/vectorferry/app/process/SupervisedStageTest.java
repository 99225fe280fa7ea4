package io.vectorferry.app.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.PausableStage;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.StageState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However a stage ends, it is started again or its failure is there with a reason; and a stop ends. */
class SupervisedStageTest {
    private final AtomicInteger news = new AtomicInteger();

    /** Blocks until it is closed, unless {@code run} ends before. */
    private static class TestStage extends PausableStage {
        private final Body body;
        private final CountDownLatch closed = new CountDownLatch(1);

        interface Body {
            void run(CountDownLatch closed) throws Exception;
        }

        TestStage(Body body) {
            super("the test");
            this.body = body;
        }

        @Override
        public String name() {
            return "test";
        }

        @Override
        public void run() {
            try {
                body.run(closed);
            } catch (Exception e) {
                TestStage.<RuntimeException>sneak(e);
            }
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        private static <E extends Exception> void sneak(Exception e) throws E {
            throw (E) e;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private SupervisedStage started(Supplier<Stage> stages) {
        SupervisedStage stage = new SupervisedStage("test", stages, news::incrementAndGet, Duration.ofMillis(500));
        stage.start();
        return stage;
    }

    @Test
    void aStageThatTakesThePlaceOfAPausedOneBeginsPaused() {
        List<TestStage> all = new CopyOnWriteArrayList<>();
        CountDownLatch failing = new CountDownLatch(1);
        Supplier<Stage> fresh = () -> {
            boolean isFirst = all.isEmpty();
            TestStage stage = new TestStage(closed -> {
                if (isFirst) {
                    failing.await();
                    throw FerryException.retryable("it may pass", new IllegalStateException());
                }
                closed.await();
            });
            all.add(stage);
            return stage;
        };
        try (SupervisedStage stage = started(fresh)) {
            await("the first", () -> !all.isEmpty());
            stage.pause();
            await("it is paused", () -> stage.report().state() == StageState.PAUSED);
            failing.countDown();
            await("the second", () -> all.size() == 2 && all.get(1).isPaused());
            stage.resume();
            assertThat(all.get(1).isPaused()).isFalse();
        }
    }

    private static void await(String what, Callable<Boolean> condition) {
        Awaitility.await(what).atMost(Duration.ofSeconds(60)).until(condition);
    }

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, LinkageError.class, AssertionError.class})
    void anErrorFailsTheStageWithItsNameAndARemedy(Class<? extends Error> kind) {
        try (SupervisedStage stage = started(() -> new TestStage(closed -> {
            throw kind.getDeclaredConstructor().newInstance();
        }))) {
            await("a failure", () -> stage.failure().isPresent());
            assertThat(stage.failure().orElseThrow()).hasMessageContaining(kind.getName());
            assertThat(stage.report().state()).isEqualTo(StageState.FAILED);
            assertThat(stage.report().error())
                    .contains("test ended: " + kind.getName())
                    .containsIgnoringCase("resumes from the last commit");
            assertThat(news).hasPositiveValue();
        }
    }

    @Test
    void aStageThatEndsThoughNobodyAskedItToIsStartedAgainAndSaidToBe() {
        AtomicInteger starts = new AtomicInteger();
        try (SupervisedStage stage = started(() -> new TestStage(closed -> {
            if (starts.incrementAndGet() > 1) {
                closed.await();
            }
        }))) {
            await("a second start", () -> starts.get() == 2);
            assertThat(stage.failure()).isEmpty();
            assertThat(stage.report().state()).isEqualTo(StageState.RETRYING);
            assertThat(stage.report().error()).isEqualTo("test ended without being asked to");
        }
    }

    @Test
    void aStageThatWorksAgainIsSaidToRunAtOnce() {
        AtomicInteger starts = new AtomicInteger();
        AtomicBoolean works = new AtomicBoolean();
        try (SupervisedStage stage = started(() ->
                new TestStage(closed -> {
                    if (starts.incrementAndGet() > 1) {
                        closed.await();
                    }
                }) {
                    @Override
                    public boolean isWorking() {
                        return works.get();
                    }
                })) {
            await("a second start", () -> starts.get() == 2);
            assertThat(stage.report().state()).isEqualTo(StageState.RETRYING);
            works.set(true);
            assertThat(stage.report()).isEqualTo(new SupervisedStage.Report(StageState.RUNNING, "", ""));
        }
    }

    @Test
    void anInterruptedStageAndOneThatThrowsWhatItDoesNotDeclareAreStartedAgain() {
        AtomicInteger starts = new AtomicInteger();
        try (SupervisedStage stage = started(() -> new TestStage(closed -> {
            switch (starts.incrementAndGet()) {
                case 1 -> Thread.currentThread().interrupt(); // and returns
                case 2 -> throw new IOException("quotes a row");
                default -> closed.await(); // would throw at once if the interruption were still there
            }
        }))) {
            await("a third start", () -> starts.get() == 3);
            assertThat(stage.report().error())
                    .isEqualTo("test failed with java.io.IOException; ferry.log in the data directory shows where");
        }
        assertThat(starts).hasValue(3);
    }

    @Test
    void anUnexpectedExceptionAndAnInterruptionInKafkaAreTriedAgainAndQuoteNothing() {
        AtomicInteger starts = new AtomicInteger();
        try (SupervisedStage stage = started(() -> new TestStage(closed -> {
            switch (starts.incrementAndGet()) {
                case 1 -> throw new InterruptException("poll");
                case 2 -> throw new IllegalStateException("quotes a row");
                default -> closed.await();
            }
        }))) {
            await("a third start", () -> starts.get() == 3);
            assertThat(stage.failure()).isEmpty();
            assertThat(stage.report())
                    .isEqualTo(new SupervisedStage.Report(
                            StageState.RETRYING,
                            "test failed with java.lang.IllegalStateException; ferry.log in the data directory shows where",
                            ""));
        }
    }

    @Test
    void whatKafkaRefusesNeedsAPerson() {
        try (SupervisedStage stage = started(() -> new TestStage(closed -> {
            throw new TopicAuthorizationException("not authorized to read articles.changes");
        }))) {
            await("a failure", () -> stage.failure().isPresent());
            assertThat(stage.report().error()).isEqualTo("not authorized to read articles.changes");
        }
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aStopEndsThoughTheStageWaitsForANetworkThatIsGone() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        SupervisedStage stage = started(() -> new TestStage(closed -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        }));
        await("the wait", () -> begun.getCount() == 0);
        stage.close();
        assertThat(interrupted.getCount()).isZero();
    }

    @Test
    @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aStopEndsThoughTheStageHearsNothingAtAll() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        SupervisedStage stage = started(() -> new TestStage(closed -> {
            begun.countDown();
            boolean isReleased = false;
            while (!isReleased) {
                try {
                    isReleased = released.await(1, TimeUnit.MINUTES);
                } catch (InterruptedException e) {
                    // deaf
                }
            }
        }));
        await("the wait", () -> begun.getCount() == 0);
        stage.close();
        released.countDown();
    }
}
