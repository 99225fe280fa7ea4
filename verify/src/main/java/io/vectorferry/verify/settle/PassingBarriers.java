package io.vectorferry.verify.settle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.Barrier;
import io.vectorferry.control.barriers.AcknowledgedBarriers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Waits for the barriers that the control plane of this machine issues anyway, instead of issuing more. For one thread. */
public final class PassingBarriers implements TargetBarriers {
    private static final Duration POLL = Duration.ofMillis(50);

    private final ControlView view;
    private final AcknowledgedBarriers acknowledged;
    private final String target;
    private final Duration patience;
    private final CountDownLatch stopping;
    private long waitedNanos;

    /**
     * @param view of that thread
     * @param patience how long it may take
     * @param stopping ends the wait
     */
    public PassingBarriers(
            ControlView view, int partitions, String target, Duration patience, CountDownLatch stopping) {
        this.view = view;
        this.acknowledged = new AcknowledgedBarriers(view, partitions);
        this.target = target;
        this.patience = patience;
        this.stopping = stopping;
    }

    @Override
    public String reach() {
        long started = System.nanoTime();
        try {
            view.refresh();
            long from = view.sequence();
            @Nullable Barrier newest = newest();
            while (newest == null || newest.getSequence() <= from) {
                if (stopping.getCount() == 0 || System.nanoTime() - started > patience.toNanos()) {
                    throw FerryException.misconfigured(
                            "target %s has acknowledged no new barrier for %d seconds"
                                    .formatted(target, patience.toSeconds()),
                            "`ferry status` says why it stands still.");
                }
                view.poll(POLL);
                newest = newest();
            }
            return newest.getSourcePosition();
        } finally {
            waitedNanos += System.nanoTime() - started;
        }
    }

    /** In all calls: time in which nothing was worked. */
    @Override
    public Duration waited() {
        return Duration.ofNanos(waitedNanos);
    }

    private @Nullable Barrier newest() {
        return acknowledged.newestOf(target).orElse(null);
    }
}
