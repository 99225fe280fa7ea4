package io.vectorferry.control.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.vectorferry.contracts.config.PipelineConfig.SwitchConfig;
import io.vectorferry.contracts.control.SinkState;
import io.vectorferry.contracts.wire.VerificationRun;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.status.PipelineStatus.Blocker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReadinessTest {
    private static final long NOW = TimeUnit.HOURS.toMicros(100);
    private static final VerificationRun PASSED = VerificationRun.newBuilder()
            .setTarget("lake")
            .setBegunMicros(NOW - TimeUnit.HOURS.toMicros(1))
            .setFinishedMicros(NOW - 1)
            .setPassed(true)
            .build();

    private final AtomicLong nanos = new AtomicLong();
    private final Readiness readiness =
            new Readiness(new SwitchConfig(Duration.ofSeconds(5), Duration.ofHours(24)), nanos::get);

    private static Life life(Routing routing, boolean paused) {
        Life begun = Life.begin("lake");
        return new Life(begun.phase(), 1, paused, "", routing, 0);
    }

    private List<Blocker> blockers(@Nullable Double lag, Optional<VerificationRun> verification, Life life) {
        return readiness.blockers(new Readiness.Situation(
                new PipelineStatus.Snapshot(1, 1, 1, 0L, true),
                List.of(new PipelineStatus.TargetStatus("lake", SinkState.RUNNING, 1, 0, lag, 0, "0/1", null)),
                0,
                null,
                life,
                verification,
                NOW));
    }

    private static final Life READY = life(Routing.initial("lake").with(Routing.BUCKETS, 0), false);

    private void pass(int seconds) {
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(seconds));
    }

    @Test
    void aPipelineIsReadyOnceItsLagHasBeenLowForTenSeconds() {
        assertThat(blockers(0.4, Optional.of(PASSED), READY))
                .containsExactly(new Blocker("lag", "lake has lagged less than 5.0 s for less than 10 s", 11L));
        pass(9);
        assertThat(blockers(4.9, Optional.of(PASSED), READY))
                .extracting(Blocker::etaSeconds)
                .containsExactly(2L);
        pass(1);
        assertThat(blockers(0.4, Optional.of(PASSED), READY)).isEmpty();
        assertThat(blockers(5.1, Optional.of(PASSED), READY))
                .extracting(Blocker::reason)
                .containsExactly("lake lags 5.1 s, more than 5.0 s");
        assertThat(blockers(0.4, Optional.of(PASSED), READY))
                .as("it begins again")
                .hasSize(1);
    }

    private List<Blocker> settled(Optional<VerificationRun> verification, Life life) {
        var unused = blockers(0.1, verification, life);
        pass(11);
        return blockers(0.1, verification, life);
    }

    @Test
    void aVerificationMustHavePassedLately() {
        assertThat(settled(Optional.empty(), READY))
                .extracting(Blocker::reason)
                .containsExactly("not verified yet: `ferry verify` compares every row");
        VerificationRun old = PASSED.toBuilder()
                .setBegunMicros(NOW - TimeUnit.HOURS.toMicros(25))
                .build();
        assertThat(settled(Optional.of(old), READY))
                .extracting(Blocker::reason)
                .first()
                .asString()
                .contains("older than PT24H");
        assertThat(settled(Optional.of(PASSED.toBuilder().setPassed(false).build()), READY))
                .extracting(Blocker::name)
                .containsExactly("verification");
        VerificationRun running = PASSED.toBuilder()
                .setFinishedMicros(0)
                .setUpdatedMicros(NOW - 1)
                .build();
        assertThat(settled(Optional.of(running), READY))
                .extracting(Blocker::reason)
                .containsExactly("lake is being verified");
        assertThat(settled(Optional.of(running.toBuilder().setUpdatedMicros(1).build()), READY))
                .extracting(Blocker::reason)
                .containsExactly("the verification of lake was interrupted: `ferry verify` resumes it");
    }

    @Test
    void theCanaryHasToHaveAllReadsAndSaysWhenItWill() {
        Routing first = Routing.initial("lake").advanced(NOW).orElseThrow();
        assertThat(settled(Optional.of(PASSED), life(first, false)))
                .extracting(Blocker::name, Blocker::etaSeconds)
                .containsExactly(tuple("canary", TimeUnit.HOURS.toSeconds(24 * 3 + 48 * 2 + 24)));
        assertThat(settled(Optional.of(PASSED), life(first.holding(), true)))
                .extracting(Blocker::name, Blocker::etaSeconds)
                .containsExactly(tuple("paused", null), tuple("canary", null));
    }

    @Test
    void everyReasonIsSaidAtOnce() {
        List<Blocker> all = readiness.blockers(new Readiness.Situation(
                new PipelineStatus.Snapshot(1, 3, 1, 2L, false),
                List.of(new PipelineStatus.TargetStatus("lake", SinkState.STARTING, 1, 0, null, 0, "", null)),
                3,
                new PipelineStatus.References(4, 0),
                life(Routing.initial("lake"), false),
                Optional.empty(),
                NOW));
        assertThat(all)
                .extracting(Blocker::name)
                .containsExactly("snapshot", "target", "lag", "dead-letters", "references", "verification", "canary");
        assertThat(all.getFirst().etaSeconds()).isEqualTo(2);
        assertThat(PipelineStatus.CanSwitch.of(all).ok()).isFalse();
        assertThat(PipelineStatus.CanSwitch.of(List.of()).ok()).isTrue();
    }
}
