package io.vectorferry.control.routing;

import io.vectorferry.contracts.config.PipelineConfig.RoutingConfig;
import java.util.Locale;
import java.util.Optional;

/** The limits of the new store's searches. A step that breaks one is undone. */
public record Guards(RoutingConfig limits) {
    private static final double PER_CENT = 100.0;

    /** Returns why the step has to be undone; empty while the figures are good, or too few. */
    public Optional<String> objection(ShadowFigures.Figures figures, String target) {
        if (figures.comparisons() < limits.minComparisons()) {
            return Optional.empty();
        }
        double errors = PER_CENT * figures.targetErrors() / figures.comparisons();
        if (errors > limits.maxErrorPercent()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "%.1f %% of the searches of %s failed, more than %d %%",
                    errors,
                    target,
                    limits.maxErrorPercent()));
        }
        double overlap = PER_CENT * figures.overlap();
        if (overlap < limits.minOverlapPercent()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "the searches of %s overlap by %.1f %%, less than %d %%",
                    target,
                    overlap,
                    limits.minOverlapPercent()));
        }
        if (figures.target().p99() > limits.maxP99().toMillis()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "the 99th percentile of the searches of %s is %.0f ms, more than %d ms",
                    target,
                    figures.target().p99(),
                    limits.maxP99().toMillis()));
        }
        return Optional.empty();
    }
}
