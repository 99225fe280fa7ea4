package io.vectorferry.control.status;

import io.vectorferry.contracts.config.PipelineConfig.SwitchConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.control.lifecycle.Decisions.Observation;
import io.vectorferry.control.routing.Guards;
import io.vectorferry.control.routing.ShadowFigures.Figures;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The part of the status that the life cycle has to know. A failure counts once it has lasted, and so does its end: a stage that is
 * tried again and again must not fill the history. For one thread.
 */
public final class LifecycleSigns {
    /** A failure, or its end, counts after it. */
    static final Duration LASTING = Duration.ofSeconds(10);

    private static final double MILLIS_PER_SECOND = 1_000.0;

    private final SwitchConfig limits;
    private final Guards guards;
    private final LongSupplier nanoTime;
    private boolean isFailing;
    private long sinceNanos;
    private String counted = "";

    public LifecycleSigns(SwitchConfig limits, Guards guards, LongSupplier nanoTime) {
        this.limits = limits;
        this.guards = guards;
        this.nanoTime = nanoTime;
        this.sinceNanos = nanoTime.getAsLong();
    }

    /**
     * Returns what the controller sees.
     *
     * @param known the failure that the life cycle has now
     */
    public Observation of(
            PipelineStatus status,
            boolean snapshotBegun,
            String known,
            Figures figures,
            ControlView view,
            long nowMicros) {
        String failure = lasting(status, known);
        double lag =
                status.targets().stream().mapToDouble(LifecycleSigns::lag).max().orElse(Double.NaN);
        boolean healthy = status.snapshot().complete()
                && status.state() != PipelineState.FAILED
                && lag <= limits.maxLag().toMillis() / MILLIS_PER_SECOND;
        return new Observation(
                snapshotBegun,
                status.snapshot().complete(),
                failure,
                VerificationRuns.running(view, nowMicros).orElse(""),
                VerificationRuns.ended(view).orElse(""),
                healthy,
                guards.objection(figures, status.routing().target()),
                figures.overlap(),
                lag,
                nowMicros);
    }

    private static double lag(PipelineStatus.TargetStatus target) {
        Double lag = target.lagSeconds();
        return lag == null ? Double.NaN : lag;
    }

    private String lasting(PipelineStatus status, String known) {
        boolean failing = status.state() == PipelineState.FAILED;
        long now = nanoTime.getAsLong();
        if (failing != isFailing) {
            isFailing = failing;
            sinceNanos = now;
        }
        if (now - sinceNanos < LASTING.toNanos()) {
            counted = known;
        } else if (!failing) {
            counted = "";
        } else if (counted.isEmpty()) {
            counted = status.errors().isEmpty() ? "a stage fails" : String.join("; ", status.errors());
        }
        return counted;
    }
}
