package io.vectorferry.control.lifecycle;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.wire.Evidence;
import io.vectorferry.control.lifecycle.Life.Change;
import io.vectorferry.control.routing.Routing;
import io.vectorferry.control.routing.RoutingRequest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The changes to the life of a pipeline, by the commands of people and by what is observed. Each decision is empty if there is
 * nothing to change, and a refusal says what to do instead. Pure.
 */
public final class Decisions {
    private Decisions() {}

    /**
     * The pipeline as its controller sees it.
     *
     * @param snapshotBegun whether a collection has a progress
     * @param failure why the pipeline fails, for long enough; empty: it does not
     * @param verification the id of the verification that runs; empty: none
     * @param verified the id of the last one that ended; empty: none
     * @param healthy whether reads may move on: the snapshot is complete, nothing fails, and no target lags
     * @param objection why the step has to be undone
     * @param overlap of the shadow reads; NaN if there are none
     */
    public record Observation(
            boolean snapshotBegun,
            boolean snapshotComplete,
            String failure,
            String verification,
            String verified,
            boolean healthy,
            Optional<String> objection,
            double overlap,
            double lagSeconds,
            long nowMicros) {
        Evidence evidence() {
            Evidence.Builder evidence = Evidence.newBuilder();
            if (!Double.isNaN(overlap)) {
                evidence.setOverlap(overlap);
            }
            if (!Double.isNaN(lagSeconds)) {
                evidence.setLagSeconds(lagSeconds);
            }
            return evidence.build();
        }
    }

    static Optional<Change> pause(Life now, String why) {
        if (now.paused()) {
            return Optional.empty();
        }
        return switch (now.phase()) {
            case Phase.Switching switching -> throw underWay("the switch");
            case Phase.RollingBack rolling -> throw underWay("the rollback");
            case Phase.Completed completed -> throw isCompleted();
            case Phase.Idle idle -> Optional.of(now.to(idle, why).pausing(true));
            case Phase.Cancellable some -> Optional.of(now.to(some, why).pausing(true));
            case Phase.Switched switched -> Optional.of(now.to(switched, why).pausing(true));
        };
    }

    static Optional<Change> resume(Life now, String why) {
        if (now.phase() instanceof Phase.Completed) {
            throw isCompleted();
        }
        return now.paused() ? Optional.of(now.to(now.phase(), why).pausing(false)) : Optional.empty();
    }

    /** Gives the migration up: reads return to the source, and all stages pause. The target keeps its rows. */
    static Optional<Change> cancel(Life now, String why) {
        return switch (now.phase()) {
            case Phase.Idle idle ->
                now.paused() ? Optional.empty() : Optional.of(now.to(idle, why).pausing(true));
            case Phase.Cancellable some ->
                Optional.of(now.to(some.cancelled(), why)
                        .pausing(true)
                        .with(now.routing().withShadow(0).returned()));
            case Phase.Switching switching -> throw underWay("the switch");
            case Phase.RollingBack rolling -> throw underWay("the rollback");
            case Phase.Switched switched ->
                throw FerryException.misconfigured(
                        "the pipeline is switched: the new store has what the old one may not",
                        "Go back with `ferry rollback`, or end it with `ferry complete`.");
            case Phase.Completed completed -> throw isCompleted();
        };
    }

    static Optional<Change> complete(Life now, String why) {
        return switch (now.phase()) {
            case Phase.Switched switched ->
                Optional.of(now.to(switched.completed(), why).pausing(true));
            case Phase.Completed completed -> Optional.empty();
            case Phase.Switching switching -> throw underWay("the switch");
            case Phase.RollingBack rolling -> throw underWay("the rollback");
            case Phase.Idle idle -> throw notSwitched(idle);
            case Phase.Cancellable some -> throw notSwitched(some);
        };
    }

    /** @param targets of the pipeline */
    static Optional<Change> route(Life now, RoutingRequest request, Set<String> targets, String why, long nowMicros) {
        Routing next = request.appliedTo(now.routing(), targets, nowMicros);
        String reason = why.isEmpty() ? request.inWords() : request.inWords() + ": " + why;
        if (now.phase() instanceof Phase.Routable routable) {
            return Optional.of(now.to(of(routable, next), reason).with(next));
        }
        if (now.phase() instanceof Phase.Idle || now.phase() instanceof Phase.Snapshot) {
            if (!next.readsTarget() && next.shadow() == 0) {
                return Optional.of(now.to(now.phase(), reason).with(next)); // such as a plan
            }
            throw FerryException.misconfigured(
                    "the pipeline is in state %s: %s does not have all rows"
                            .formatted(now.phase().state(), next.target()),
                    "Wait until it is streaming; `ferry status` shows how long that takes.");
        }
        throw FerryException.misconfigured(
                "the pipeline is in state %s, in which reads follow writes"
                        .formatted(now.phase().state()),
                "`ferry rollback` returns them to the old store.");
    }

    /** A plan that is only stored, and a verification that runs, leave the phase as it is. */
    private static Phase of(Phase.Routable phase, Routing routing) {
        if (routing.readsTarget()) {
            return phase instanceof Phase.Canary ? phase : phase.canaryBegun();
        }
        if (routing.shadow() > 0) {
            return phase instanceof Phase.Shadow ? phase : phase.shadowBegun();
        }
        return phase instanceof Phase.Canary || phase instanceof Phase.Shadow ? phase.readsReturned() : phase;
    }

    /** Returns what follows from the observation, one change at a time. */
    static Optional<Change> automatic(Life now, Observation seen) {
        if (now.failure().isEmpty() != seen.failure().isEmpty()) {
            return Optional.of(now.to(now.phase(), seen.failure().isEmpty() ? "nothing fails any more" : seen.failure())
                    .failing(seen.failure()));
        }
        return switch (now.phase()) {
            case Phase.Idle idle -> now.paused() ? Optional.empty() : begun(now, idle, seen);
            case Phase.Snapshot snapshot ->
                seen.snapshotBegun() && seen.snapshotComplete()
                        ? Optional.of(now.to(snapshot.snapshotComplete(), "the snapshot is complete")
                                .by(seen.evidence()))
                        : Optional.empty();
            case Phase.Streaming streaming -> {
                if (isReadAgain(seen)) {
                    yield Optional.of(now.to(streaming.snapshotBegun(), "the source is read"));
                }
                yield seen.verification().isEmpty()
                        ? Optional.empty()
                        : Optional.of(now.to(streaming.verificationBegun(), "a verification runs")
                                .by(seen.evidence().toBuilder()
                                        .setVerification(seen.verification())
                                        .build()));
            }
            case Phase.Verifying verifying -> {
                if (isReadAgain(seen)) {
                    yield Optional.of(now.to(verifying.snapshotBegun(), "the source is read"));
                }
                yield seen.verification().isEmpty()
                        ? Optional.of(now.to(verifying.readsReturned(), "the verification has ended")
                                .by(seen.evidence().toBuilder()
                                        .setVerification(seen.verified())
                                        .build()))
                        : Optional.empty();
            }
            case Phase.Canary canary -> step(now, canary, seen);
            case Phase.Shadow shadow -> Optional.empty();
            case Phase.Switching switching -> Optional.empty();
            case Phase.Switched switched -> Optional.empty();
            case Phase.RollingBack rolling -> Optional.empty();
            case Phase.Completed completed -> Optional.empty();
        };
    }

    /** Returns the state that {@link #automatic} leads to by the progress of the snapshot: an event may be a moment behind it. */
    public static PipelineState expected(Life now, boolean snapshotBegun, boolean snapshotComplete) {
        return switch (now.phase()) {
            case Phase.Idle idle ->
                now.paused() || !snapshotBegun
                        ? idle.state()
                        : (snapshotComplete ? idle.snapshotComplete() : idle.snapshotBegun()).state();
            case Phase.Snapshot snapshot ->
                snapshotBegun && snapshotComplete ? snapshot.snapshotComplete().state() : snapshot.state();
            case Phase.Streaming streaming ->
                snapshotBegun && !snapshotComplete ? streaming.snapshotBegun().state() : streaming.state();
            case Phase.Verifying verifying ->
                snapshotBegun && !snapshotComplete ? verifying.snapshotBegun().state() : verifying.state();
            case Phase.Routable routable -> routable.state();
            case Phase.Switching switching -> switching.state();
            case Phase.Switched switched -> switched.state();
            case Phase.RollingBack rolling -> rolling.state();
            case Phase.Completed completed -> completed.state();
        };
    }

    private static Optional<Change> begun(Life now, Phase.Idle idle, Observation seen) {
        if (!seen.snapshotBegun()) {
            return Optional.empty();
        }
        return Optional.of(
                seen.snapshotComplete()
                        ? now.to(idle.snapshotComplete(), "the snapshot is complete")
                        : now.to(idle.snapshotBegun(), "the snapshot has begun"));
    }

    private static boolean isReadAgain(Observation seen) {
        return seen.snapshotBegun() && !seen.snapshotComplete();
    }

    private static Optional<Change> step(Life now, Phase.Canary canary, Observation seen) {
        Routing routing = now.routing();
        if (routing.share() > 0 && seen.objection().isPresent()) {
            Routing back = routing.steppedBack(seen.nowMicros());
            return Optional.of(now.to(
                            of(canary, back),
                            "stepped back from %s %% to %s %%: %s"
                                    .formatted(
                                            Routing.percent(routing.share()),
                                            Routing.percent(back.share()),
                                            seen.objection().get()))
                    .with(back)
                    .by(seen.evidence()));
        }
        OptionalLong end = routing.endOfStep();
        if (end.isEmpty() || seen.nowMicros() < end.getAsLong() || now.paused() || !seen.healthy()) {
            return Optional.empty();
        }
        return routing.advanced(seen.nowMicros()).map(next -> now.to(
                        canary,
                        "the time of the step at %s %% is over: %s %%"
                                .formatted(Routing.percent(routing.share()), Routing.percent(next.share())))
                .with(next)
                .by(seen.evidence()));
    }

    private static FerryException underWay(String what) {
        return FerryException.misconfigured(
                what + " is under way", "Wait until it has ended; `ferry status` shows what it waits for.");
    }

    private static FerryException isCompleted() {
        return FerryException.misconfigured(
                "the pipeline is completed",
                "A completed pipeline stays as it is: start another one, with another name (`pipeline:`).");
    }

    private static FerryException notSwitched(Phase phase) {
        return FerryException.misconfigured(
                "the pipeline is in state %s: only one whose writes are switched can be completed"
                        .formatted(phase.state()),
                phase.state() == PipelineState.IDLE
                        ? "Nothing has to be ended."
                        : "Switch first, or give the migration up with `ferry cancel`.");
    }
}
