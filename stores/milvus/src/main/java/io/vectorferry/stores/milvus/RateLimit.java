package io.vectorferry.stores.milvus;

import io.vectorferry.contracts.BackOff;
import io.vectorferry.contracts.FerryException;
import java.time.Duration;

/** Slows down when the server says so, and speeds up again by itself: one request at once, with growing pauses. */
public final class RateLimit {
    static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    static final Duration MAX_PAUSE = Duration.ofSeconds(5);

    /** The time without an acknowledgment after which the caller gets an error, and waits by its own rule. */
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final int most;
    private final BackOff pauses = BackOff.exact(FIRST_PAUSE, MAX_PAUSE);
    private int atOnce;
    private Duration waited = Duration.ZERO;

    public RateLimit(int most) {
        this.most = most;
        this.atOnce = most;
    }

    public int atOnce() {
        return atOnce;
    }

    public boolean isSlowed() {
        return atOnce < most || waited.isPositive();
    }

    public void acknowledged() {
        atOnce = Math.min(most, atOnce + 1);
        pauses.reset();
        waited = Duration.ZERO;
    }

    /** Waits, and fails with the cause when the patience is at its end. */
    public void slowDown(FerryException cause) {
        atOnce = 1;
        if (waited.compareTo(PATIENCE) >= 0) {
            waited = Duration.ZERO;
            throw cause;
        }
        Duration pause = pauses.next();
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw cause;
        }
        waited = waited.plus(pause);
    }
}
