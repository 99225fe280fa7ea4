package io.vectorferry.control.status;

import io.vectorferry.contracts.Micros;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.ShadowFigures.Figures;
import java.math.BigDecimal;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How reads and writes are routed, and what shadow reads find in the step that is under way.
 *
 * @param percent of the reads that the target answers
 * @param step of the plan, from 1; 0: none
 * @param held whether the plan waits for a person
 * @param nextStepAt ISO 8601; null if the plan does not advance by itself
 * @param shadow null if no control plane runs
 */
public record RoutingStatus(
        long version,
        String target,
        BigDecimal percent,
        String writes,
        double shadowShare,
        int pinned,
        int step,
        int steps,
        boolean held,
        @Nullable String nextStepAt,
        @Nullable Shadow shadow) {

    /**
     * Shadow reads.
     *
     * @param comparisons since the step began
     * @param overlap the mean share of the source's results that the target found; null without a comparison
     */
    public record Shadow(
            long comparisons,
            int inWindow,
            @Nullable Double overlap,
            int sourceErrors,
            int targetErrors,
            @Nullable Double sourceP50Millis,
            @Nullable Double sourceP95Millis,
            @Nullable Double sourceP99Millis,
            @Nullable Double targetP50Millis,
            @Nullable Double targetP95Millis,
            @Nullable Double targetP99Millis) {
        static Shadow of(Figures figures) {
            return new Shadow(
                    figures.total(),
                    figures.comparisons(),
                    known(figures.overlap()),
                    figures.sourceErrors(),
                    figures.targetErrors(),
                    known(figures.source().p50()),
                    known(figures.source().p95()),
                    known(figures.source().p99()),
                    known(figures.target().p50()),
                    known(figures.target().p95()),
                    known(figures.target().p99()));
        }

        private static @Nullable Double known(double value) {
            return Double.isNaN(value) ? null : value;
        }
    }

    static RoutingStatus of(Routing routing, @Nullable Figures figures) {
        OptionalLong end = routing.endOfStep();
        return new RoutingStatus(
                routing.version(),
                routing.target(),
                Routing.percent(routing.share()),
                routing.writes(),
                routing.shadow(),
                routing.pinned().size(),
                routing.step(),
                routing.plan().steps().size(),
                routing.held(),
                end.isPresent() ? Micros.instant(end.getAsLong()).toString() : null,
                figures == null ? null : Shadow.of(figures));
    }
}
