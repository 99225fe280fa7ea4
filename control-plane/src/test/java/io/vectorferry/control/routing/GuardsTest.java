package io.vectorferry.control.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.config.PipelineConfig.RoutingConfig;
import io.vectorferry.control.routing.ShadowFigures.Comparison;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GuardsTest {
    private static final int SHARE = 500;

    private final AtomicLong now = new AtomicLong();
    private final ShadowFigures figures = new ShadowFigures(Duration.ofSeconds(60), now::get);
    private final Guards guards =
            new Guards(new RoutingConfig(Duration.ofSeconds(60), 20, 5, 90, Duration.ofMillis(100)));

    private void add(int count, double overlap, double targetMillis) {
        for (int i = 0; i < count; i++) {
            figures.add(new Comparison(overlap, false, false, 10, targetMillis), SHARE);
        }
    }

    private String objection() {
        return guards.objection(figures.figures(SHARE), "lake").orElse("");
    }

    @Test
    void goodSearchesRaiseNoObjection() {
        add(100, 1.0, 20);
        assertThat(objection()).isEmpty();
        assertThat(figures.figures(SHARE).target()).isEqualTo(new ShadowFigures.Latency(20, 20, 20));
    }

    @Test
    void wrongResultsAreObjectedToOnceThereAreEnoughComparisons() {
        add(19, 0.5, 20);
        assertThat(objection()).isEmpty();
        add(1, 0.5, 20);
        assertThat(objection()).isEqualTo("the searches of lake overlap by 50.0 %, less than 90 %");
    }

    @Test
    void errorsAreObjectedTo() {
        add(47, 1.0, 20);
        for (int i = 0; i < 3; i++) {
            figures.add(new Comparison(Double.NaN, false, true, 10, 0), SHARE);
        }
        assertThat(objection()).isEqualTo("6.0 % of the searches of lake failed, more than 5 %");
    }

    @Test
    void aSlowHundredthIsObjectedTo() {
        add(98, 1.0, 20);
        add(2, 1.0, 150);
        assertThat(objection()).isEqualTo("the 99th percentile of the searches of lake is 150 ms, more than 100 ms");
    }

    @Test
    void errorsOfTheSourceAreNoReasonToStepBack() {
        for (int i = 0; i < 50; i++) {
            figures.add(new Comparison(Double.NaN, true, false, 0, 20), SHARE);
        }
        assertThat(objection()).isEmpty();
        assertThat(figures.figures(SHARE).sourceErrors()).isEqualTo(50);
    }

    @Test
    void aWindowForgetsAndAnotherStepBeginsAgain() {
        add(50, 0.5, 20);
        now.addAndGet(Duration.ofSeconds(61).toNanos());
        assertThat(objection()).isEmpty();
        add(50, 0.5, 20);
        assertThat(objection()).isNotEmpty();
        assertThat(figures.figures(SHARE).total()).isEqualTo(100);
        assertThat(figures.figures(100).comparisons()).as("at another share").isZero();
        assertThat(figures.figures(100).overlap()).isNaN();
    }
}
