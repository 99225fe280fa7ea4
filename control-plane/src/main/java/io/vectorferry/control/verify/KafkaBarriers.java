package io.vectorferry.control.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.control.AcknowledgedBarriers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;

/** Barriers through a running pipeline, as their acknowledgements stand in {@code control}. For one thread. */
public final class KafkaBarriers implements TargetBarriers {
    private static final Duration POLL = Duration.ofMillis(50);

    private final BarrierIssuer issuer;
    private final ControlView view;
    private final AcknowledgedBarriers acknowledged;
    private final String target;
    private final Duration patience;
    private final Clock clock;

    /**
     * @param view for this alone
     * @param patience how long no newer barrier may be acknowledged; a target that is far behind may take longer, as long as it moves
     */
    public KafkaBarriers(
            BarrierIssuer issuer, ControlView view, int partitions, String target, Duration patience, Clock clock) {
        this.issuer = issuer;
        this.view = view;
        this.acknowledged = new AcknowledgedBarriers(view, partitions);
        this.target = target;
        this.patience = patience;
        this.clock = clock;
    }

    @Override
    public String reach() {
        view.refresh();
        long newest = acknowledgedMicros();
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        Barrier barrier = new Barrier(UUID.randomUUID().toString(), now, "");
        issuer.issue(barrier);
        long lastMove = System.nanoTime();
        while (acknowledgedMicros() < now) {
            view.poll(POLL);
            if (acknowledgedMicros() > newest) {
                newest = acknowledgedMicros();
                lastMove = System.nanoTime();
            } else if (System.nanoTime() - lastMove > patience.toNanos()) {
                throw FerryException.misconfigured(
                        "target %s has acknowledged no barrier for %d seconds".formatted(target, patience.toSeconds()),
                        "Start the pipeline with `ferry run`, or see why it stands still with `ferry status`. Two stores that stand still are compared by `ferry verify --no-pipeline`.");
            }
        }
        return acknowledged
                .newestOf(target)
                .map(io.vectorferry.contracts.wire.Barrier::getSourcePosition)
                .orElse("");
    }

    private long acknowledgedMicros() {
        Optional<io.vectorferry.contracts.wire.Barrier> newest = acknowledged.newestOf(target);
        return newest.map(io.vectorferry.contracts.wire.Barrier::getIssuedMicros)
                .orElse(Long.MIN_VALUE);
    }
}
