package io.vectorferry.verify.settle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.wire.Barrier;
import io.vectorferry.control.barriers.AcknowledgedBarriers;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Waits until the target has caught up, which distinguishes lag from loss. Not thread-safe. */
public interface TargetBarriers {
    /**
     * Issues a barrier and waits for it: when this returns, the target holds all that the source had committed when it was called.
     *
     * @return the barrier's place as the source prints it; empty where there is no pipeline, and so nothing to wait for
     */
    String reach();

    /** Returns the total time that callers have spent waiting. */
    default Duration waited() {
        return Duration.ZERO;
    }

    /** Barriers through a running pipeline, by their acknowledgments in {@code control}. For one thread. */
    final class KafkaBarriers implements TargetBarriers {
        private static final Duration POLL = Duration.ofMillis(50);

        private final BarrierAnnouncer barriers;
        private final ControlView view;
        private final AcknowledgedBarriers acknowledged;
        private final String target;
        private final Duration patience;

        /**
         * @param view for this alone
         * @param patience how long no newer barrier may be acknowledged; a target that is far behind may take longer, as long as it moves
         */
        public KafkaBarriers(
                BarrierAnnouncer barriers, ControlView view, int partitions, String target, Duration patience) {
            this.barriers = barriers;
            this.view = view;
            this.acknowledged = new AcknowledgedBarriers(view, partitions);
            this.target = target;
            this.patience = patience;
        }

        @Override
        public String reach() {
            view.refresh();
            long newest = acknowledged.sequenceOf(target);
            long own = barriers.issue(newest).sequence();
            long lastMove = System.nanoTime();
            while (newest < own) {
                view.poll(POLL);
                if (acknowledged.sequenceOf(target) > newest) {
                    newest = acknowledged.sequenceOf(target);
                    lastMove = System.nanoTime();
                } else if (System.nanoTime() - lastMove > patience.toNanos()) {
                    throw FerryException.misconfigured(
                            "target %s has not acknowledged a barrier for %d seconds"
                                    .formatted(target, patience.toSeconds()),
                            "Start the pipeline with `ferry run`, or find out why it does not progress with `ferry status`. To compare two stores that do not change, use `ferry verify --no-pipeline`.");
                }
            }
            return acknowledged.newestOf(target).map(Barrier::getSourcePosition).orElse("");
        }
    }

    /** Waits for the barriers that the control plane of this machine issues anyway, instead of issuing more. For one thread. */
    final class PassingBarriers implements TargetBarriers {
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
                                "target %s has not acknowledged a new barrier for %d seconds"
                                        .formatted(target, patience.toSeconds()),
                                "`ferry status` shows why it does not progress.");
                    }
                    view.poll(POLL);
                    newest = newest();
                }
                return newest.getSourcePosition();
            } finally {
                waitedNanos += System.nanoTime() - started;
            }
        }

        /** Returns the time waited in all calls. */
        @Override
        public Duration waited() {
            return Duration.ofNanos(waitedNanos);
        }

        private @Nullable Barrier newest() {
            return acknowledged.newestOf(target).orElse(null);
        }
    }
}
