package io.vectorferry.sink.runner;

import io.vectorferry.contracts.BackOff;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.StageLife;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Tries again what is RETRYABLE, for ever, with growing pauses and jitter; nothing is read meanwhile. For one thread. */
final class Retries {
    /** The sink was asked to end while its target was down; what was not applied is read again at the next start. */
    static final class Ended extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Ended(FerryException cause) {
            super(cause);
        }
    }

    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    /** Duration after which a slow attempt is reported while it is waited for. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Duration maxPause;
    private final StageLife life;
    private final Consumer<FerryException> onRetry;
    private final Runnable onRecovery;
    private final Runnable whileWaiting;
    private volatile long begunNanos;
    private volatile boolean isTrying;

    /** @param whileWaiting called at each pause; it may throw to end the attempts */
    Retries(
            Duration maxPause,
            StageLife life,
            Consumer<FerryException> onRetry,
            Runnable onRecovery,
            Runnable whileWaiting) {
        this.whileWaiting = whileWaiting;
        this.maxPause = maxPause;
        this.life = life;
        this.onRetry = onRetry;
        this.onRecovery = onRecovery;
    }

    /** How long the target has not answered, when that is longer than usual. Safe for any thread. */
    Optional<Duration> waited() {
        Duration waited = Duration.ofNanos(System.nanoTime() - begunNanos);
        return isTrying && waited.compareTo(PATIENCE) > 0 ? Optional.of(waited) : Optional.empty();
    }

    private <T> T timed(Supplier<T> attempt) {
        begunNanos = System.nanoTime();
        isTrying = true;
        try {
            return attempt.get();
        } finally {
            isTrying = false;
        }
    }

    <T> T get(Supplier<T> attempt) {
        BackOff pauses = BackOff.jittered(FIRST_PAUSE, maxPause);
        boolean failed = false;
        while (true) {
            try {
                T result = timed(attempt);
                if (failed) {
                    onRecovery.run();
                }
                return result;
            } catch (FerryException e) {
                if (e.kind() != FerryException.Kind.RETRYABLE) {
                    throw e;
                }
                failed = true;
                onRetry.accept(e);
                whileWaiting.run();
                pause(pauses.next(), e);
            }
        }
    }

    void run(Runnable attempt) {
        get(() -> {
            attempt.run();
            return true;
        });
    }

    private void pause(Duration pause, FerryException cause) {
        try {
            if (life.awaitStop(pause)) {
                throw new Ended(cause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Ended(cause);
        }
    }
}
