package io.vectorferry.verify.settle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.OrderedBarriers;
import io.vectorferry.contracts.wire.Barrier;
import io.vectorferry.control.barriers.AcknowledgedBarriers;
import java.time.Duration;

/** Barriers through a running pipeline, as their acknowledgements stand in {@code control}. For one thread. */
public final class KafkaBarriers implements TargetBarriers {
    private static final Duration POLL = Duration.ofMillis(50);

    private final OrderedBarriers barriers;
    private final ControlView view;
    private final AcknowledgedBarriers acknowledged;
    private final String target;
    private final Duration patience;

    /**
     * @param view for this alone
     * @param patience how long no newer barrier may be acknowledged; a target that is far behind may take longer, as long as it moves
     */
    public KafkaBarriers(OrderedBarriers barriers, ControlView view, int partitions, String target, Duration patience) {
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
                        "target %s has acknowledged no barrier for %d seconds".formatted(target, patience.toSeconds()),
                        "Start the pipeline with `ferry run`, or see why it stands still with `ferry status`. Two stores that stand still are compared by `ferry verify --no-pipeline`.");
            }
        }
        return acknowledged.newestOf(target).map(Barrier::getSourcePosition).orElse("");
    }
}
