package io.vectorferry.contracts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StageLifeTest {
    private final StageLife life = new StageLife("the test");

    @Test
    void itIsPausedOnceAllWorkHasReachedASafePoint() {
        assertThat(life.begin()).isTrue();
        assertThat(life.begin()).isTrue();
        life.pause();
        assertThat(life.isPaused()).isFalse();
        life.end();
        assertThat(life.isPaused()).isFalse();
        life.end();
        assertThat(life.isPaused()).isTrue();
        assertThat(life.beginUnlessPaused()).isFalse();
        life.resume();
        assertThat(life.isPaused()).isFalse();
        assertThat(life.beginUnlessPaused()).isTrue();
    }

    @Test
    void workWaitsUntilThePauseIsOver() throws Exception {
        life.pause();
        CompletableFuture<Boolean> begun = CompletableFuture.supplyAsync(life::begin);
        assertThat(life.awaitStop(Duration.ofMillis(200))).isFalse();
        assertThat(begun).isNotDone();
        assertThat(life.isPaused()).isTrue();
        life.resume();
        assertThat(begun.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void neitherAStageThatEndsNorWorkThatIsCancelledWaitsForTheEndOfThePause() throws Exception {
        AtomicBoolean cancelled = new AtomicBoolean();
        life.pause();
        CompletableFuture<Boolean> one = CompletableFuture.supplyAsync(() -> life.begin(cancelled::get));
        CompletableFuture<Boolean> other = CompletableFuture.supplyAsync(life::begin);
        cancelled.set(true);
        assertThat(one.get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(other).isNotDone();
        life.stop();
        assertThat(other.get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(life.isPaused()).as("neither counts as work").isTrue();
    }

    @Test
    void stopWaitsForTheEndAndAnInterruptionAfterItIsNone() throws Exception {
        CompletableFuture<Void> run = CompletableFuture.runAsync(() -> life.run(() -> {
            boolean stopped = life.awaitStop(Duration.ofMinutes(1));
            throw new InterruptedException(String.valueOf(stopped));
        }));
        while (!run.isDone()) {
            life.stop();
        }
        run.get();
        assertThatThrownBy(() -> life.run(() -> {})).hasMessage("the test runs once");
    }
}
