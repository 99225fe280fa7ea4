package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.FerryException;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The time that a table may stay in a state in which it cannot be captured: an application that drops, renames and grants passes
 * through several, and each has its time. For one thread.
 */
public final class AlterationPatience {
    private final Duration patience;
    private final LongSupplier nanoTime;
    private String state = "";
    private long sinceNanos;

    public AlterationPatience(Duration patience) {
        this(patience, System::nanoTime);
    }

    public AlterationPatience(Duration patience, LongSupplier nanoTime) {
        this.patience = patience;
        this.nanoTime = nanoTime;
    }

    /** Returns whether the state that the error describes has lasted too long. */
    public boolean isOver(FerryException e) {
        String now = String.valueOf(e.getMessage());
        if (!now.equals(state)) {
            state = now;
            sinceNanos = nanoTime.getAsLong();
        }
        return nanoTime.getAsLong() - sinceNanos > patience.toNanos();
    }

    /** The table can be captured. */
    public void reset() {
        state = "";
    }
}
