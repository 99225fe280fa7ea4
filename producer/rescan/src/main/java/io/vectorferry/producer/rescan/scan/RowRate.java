package io.vectorferry.producer.rescan.scan;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.StageLife;
import java.time.Duration;

/** Holds a reader back to so many rows per second. For one thread. */
final class RowRate {
    private static final long NANOS = 1_000_000_000L;

    private final long rowsPerSecond;
    private final StageLife life;
    private long dueNanos;

    /** @param rowsPerSecond 0: as many as possible */
    RowRate(long rowsPerSecond, StageLife life) {
        this.rowsPerSecond = rowsPerSecond;
        this.life = life;
    }

    /** Waits until so many more rows may be read. Time that was not used is not saved up. */
    void read(int rows) {
        if (rowsPerSecond == 0) {
            return;
        }
        long now = System.nanoTime();
        long wait = Math.max(0, dueNanos - now);
        dueNanos = Math.max(dueNanos, now) + rows * NANOS / rowsPerSecond;
        if (wait > 0) {
            try {
                life.awaitStop(Duration.ofNanos(wait));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted between two blocks", e);
            }
        }
    }
}
