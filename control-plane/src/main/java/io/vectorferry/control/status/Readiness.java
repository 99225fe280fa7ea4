package io.vectorferry.control.status;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.config.PipelineConfig.SwitchConfig;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.control.SinkState;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.VerificationRun;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingPlan;
import io.vectorferry.control.status.PipelineStatus.Blocker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether writes may be switched, with each reason against it. A reason has a name by which a person may waive it, and the
 * time until it is expected to pass, where that can be known. For one thread.
 */
final class Readiness {
    /** The lag must have been below its bound for so long. */
    static final Duration STEADY = Duration.ofSeconds(10);

    private static final double MILLIS_PER_SECOND = 1_000.0;
    private static final long MICROS_PER_SECOND = 1_000_000;

    private final SwitchConfig limits;
    private final LongSupplier nanoTime;
    private final Map<String, Long> lowSinceNanos = new HashMap<>();

    Readiness(SwitchConfig limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    /** The facts that are judged. */
    record Situation(
            PipelineStatus.Snapshot snapshot,
            List<PipelineStatus.TargetStatus> targets,
            long deadLetters,
            PipelineStatus.@Nullable References references,
            Life life,
            Optional<VerificationRun> verification,
            long nowMicros) {}

    /** Returns the last verification of the target to which reads move. */
    static Optional<VerificationRun> verification(ControlView view, Life life) {
        return view.get(ControlKey.verificationRun(life.routing().target()))
                .map(control -> control.getVerificationRun());
    }

    List<Blocker> blockers(Situation now) {
        List<Blocker> blockers = new ArrayList<>();
        if (!now.snapshot().complete()) {
            blockers.add(new Blocker(
                    "snapshot", "the snapshot is not complete", now.snapshot().etaSeconds()));
        }
        for (PipelineStatus.TargetStatus target : now.targets()) {
            if (target.state() != SinkState.RUNNING) {
                blockers.add(Blocker.of("target", "%s is %s".formatted(target.name(), target.state())));
            }
            lag(target).ifPresent(blockers::add);
        }
        now.targets().forEach(target -> differences(target).ifPresent(blockers::add));
        if (now.deadLetters() > 0) {
            blockers.add(Blocker.of("dead-letters", "%d dead letters are open".formatted(now.deadLetters())));
        }
        PipelineStatus.References references = now.references();
        if (references != null && references.orphanReferences() > 0) {
            blockers.add(Blocker.of(
                    "references",
                    "%d references of documents have no vector".formatted(references.orphanReferences())));
        }
        verified(now).ifPresent(blockers::add);
        if (now.life().paused()) {
            blockers.add(Blocker.of("paused", "the pipeline is paused: `ferry resume` continues it"));
        }
        canary(now).ifPresent(blockers::add);
        return blockers;
    }

    private Optional<Blocker> lag(PipelineStatus.TargetStatus target) {
        Double lag = target.lagSeconds();
        double most = limits.maxLag().toMillis() / MILLIS_PER_SECOND;
        if (lag == null || lag > most) {
            lowSinceNanos.remove(target.name());
            return Optional.of(Blocker.of(
                    "lag",
                    lag == null
                            ? "%s has not acknowledged a barrier yet".formatted(target.name())
                            : String.format(
                                    Locale.ROOT, "%s lags %.1f s, more than %.1f s", target.name(), lag, most)));
        }
        long now = nanoTime.getAsLong();
        long low = now - lowSinceNanos.computeIfAbsent(target.name(), name -> now);
        long left = STEADY.toNanos() - low;
        return left <= 0
                ? Optional.empty()
                : Optional.of(new Blocker(
                        "lag",
                        "%s has lagged less than %.1f s for less than %d s"
                                .formatted(target.name(), most, STEADY.toSeconds()),
                        1 + TimeUnit.NANOSECONDS.toSeconds(left)));
    }

    private static Optional<Blocker> differences(PipelineStatus.TargetStatus target) {
        VerificationStatus found = target.verification();
        return found == null || found.differences() == 0
                ? Optional.empty()
                : Optional.of(Blocker.of(
                        "differences",
                        "%d rows of %s differ from the source: `ferry verify --full --repair` repairs them"
                                .formatted(found.differences(), target.name())));
    }

    private Optional<Blocker> verified(Situation now) {
        String name = "verification";
        if (now.verification().isEmpty()) {
            return Optional.of(Blocker.of(name, "not verified yet: `ferry verify` compares every row"));
        }
        VerificationRun run = now.verification().get();
        if (run.getFinishedMicros() == 0) {
            return Optional.of(Blocker.of(
                    name,
                    VerificationRuns.isRunning(run, now.nowMicros())
                            ? "%s is being verified".formatted(run.getTarget())
                            : "the verification of %s was interrupted: `ferry verify` resumes it"
                                    .formatted(run.getTarget())));
        }
        if (!run.getPassed()) {
            return Optional.of(Blocker.of(
                    name,
                    "the verification of %s found differences: `ferry verify --repair` repairs them"
                            .formatted(run.getTarget())));
        }
        Duration age = Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(now.nowMicros() - run.getBegunMicros()));
        return age.compareTo(limits.verifiedWithin()) <= 0
                ? Optional.empty()
                : Optional.of(Blocker.of(
                        name,
                        "the verification of %s is of %s, older than %s: repeat it with `ferry verify`"
                                .formatted(
                                        run.getTarget(),
                                        Micros.instant(run.getBegunMicros()),
                                        limits.verifiedWithin())));
    }

    private static Optional<Blocker> canary(Situation now) {
        Routing routing = now.life().routing();
        boolean leads = now.life().phase().state() == PipelineState.SWITCHED;
        if (routing.share() == Routing.BUCKETS || leads) {
            return Optional.empty();
        }
        return Optional.of(new Blocker(
                "canary",
                "%s answers %s %% of the reads, not all of them: `ferry route --advance`, or skip the canary"
                        .formatted(routing.target(), Routing.percent(routing.share())),
                secondsLeft(routing, now.nowMicros())));
    }

    /** Returns the time until the plan has moved all reads; null if a person has to move them. */
    private static @Nullable Long secondsLeft(Routing routing, long nowMicros) {
        OptionalLong end = routing.endOfStep();
        if (end.isEmpty()) {
            return null;
        }
        long seconds = Math.max(0, (end.getAsLong() - nowMicros) / MICROS_PER_SECOND);
        List<RoutingPlan.Step> rest = routing.plan()
                .steps()
                .subList(routing.step(), routing.plan().steps().size());
        for (RoutingPlan.Step step : rest) {
            seconds += step.share() == Routing.BUCKETS ? 0 : step.hold().toSeconds();
        }
        return seconds;
    }
}
