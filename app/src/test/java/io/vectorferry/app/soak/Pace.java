package io.vectorferry.app.soak;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Spreads the sessions' transactions over the events, so that neither goes on alone. */
final class Pace {
    private final int transactionsPerEvent;
    private final double meanPauseNanos;
    private int taken;
    private int allowed;

    /** @param between the mean time from one event to the next */
    Pace(int transactions, int events, int sessions, Duration between) {
        this.transactionsPerEvent = Math.max(1, transactions / Math.max(1, events + 1));
        this.meanPauseNanos = (double) between.toNanos() * sessions / transactionsPerEvent;
        this.allowed = 2 * transactionsPerEvent;
    }

    /** Waits for a transaction's turn: now and then many follow one another at once. */
    void take(Random random) throws InterruptedException {
        synchronized (this) {
            while (taken >= allowed) {
                wait();
            }
            taken++;
        }
        if (random.nextInt(4) != 0) {
            LockSupport.parkNanos((long) (-Math.log(1 - random.nextDouble()) * meanPauseNanos));
        }
    }

    /** An event has happened, or the sessions go on without one. */
    synchronized void advance() {
        allowed += transactionsPerEvent;
        notifyAll();
    }

    synchronized void finish() {
        allowed = Integer.MAX_VALUE;
        notifyAll();
    }

    /** Whether the sessions have come as far as the events. */
    synchronized boolean isReached() {
        return taken >= allowed - 2 * transactionsPerEvent;
    }
}
