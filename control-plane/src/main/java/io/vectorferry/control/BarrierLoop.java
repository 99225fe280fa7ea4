package io.vectorferry.control;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.OrderedBarriers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Issues a barrier every interval, and less often while nothing changes, in a thread of its own: a source that hangs must not
 * stop the status.
 */
final class BarrierLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(BarrierLoop.class);
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    /** After so many intervals without a change only each fourth has a barrier, until something changes. */
    private static final int INTERVALS_UNTIL_IDLE = 20;

    private static final int IDLE_INTERVALS = 4;

    private final OrderedBarriers barriers;
    private final LongSupplier acknowledged;
    private final LongSupplier activity;
    private final Duration interval;
    private final CountDownLatch stopping;
    private volatile String error = "";

    /**
     * @param acknowledged the sequence of the newest barrier that a target holds
     * @param activity changes whenever a row is under way
     */
    BarrierLoop(
            OrderedBarriers barriers,
            LongSupplier acknowledged,
            LongSupplier activity,
            Duration interval,
            CountDownLatch stopping) {
        this.barriers = barriers;
        this.acknowledged = acknowledged;
        this.activity = activity;
        this.interval = interval;
        this.stopping = stopping;
    }

    /** Why the last one was not issued; empty when it was. */
    String error() {
        return error;
    }

    @Override
    public void run() {
        try {
            boolean issued = true;
            long active = 0;
            int unchanged = 0;
            while (!stopping.await((issued ? interval : RETRY_PAUSE).toMillis(), TimeUnit.MILLISECONDS)) {
                long now = activity.getAsLong();
                unchanged = now == active ? unchanged + 1 : 0;
                active = now;
                if (unchanged < INTERVALS_UNTIL_IDLE || unchanged % IDLE_INTERVALS == 0 || !issued) {
                    issued = issue();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean issue() {
        try {
            var unused = barriers.issue(acknowledged.getAsLong());
            error = "";
            return true;
        } catch (FerryException e) {
            // Whatever its kind: the source may come back, and until then the lag that grows is the truth.
            if (error.isEmpty()) {
                LOG.warn("No barrier could be issued", e);
            }
            error = String.valueOf(e.getMessage());
            return false;
        }
    }
}
