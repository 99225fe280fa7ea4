package io.vectorferry.control.status;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.control.SinkState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The object that {@code ferry status --json} and {@code GET /status} both print.
 *
 * @param state of the life cycle; {@code failed} while a stage reports a failure
 * @param running false in a status that was known last, of a pipeline that does not run now
 * @param paused whether a stage is paused; the errors name it
 * @param asOf when all of it was so, as ISO 8601
 * @param references null where no documents refer to vectors
 */
public record PipelineStatus(
        String pipeline,
        @JsonSerialize(using = ToStringSerializer.class) PipelineState state,
        boolean running,
        boolean paused,
        String asOf,
        Snapshot snapshot,
        Capture capture,
        List<TargetStatus> targets,
        long deadLetters,
        long toastRefilled,
        long noops,
        @Nullable References references,
        CanSwitch canSwitch,
        LifecycleStatus lifecycle,
        RoutingStatus routing,
        List<String> errors) {

    public PipelineStatus {
        targets = List.copyOf(targets);
        errors = List.copyOf(errors);
    }

    /** Returns this for readers who are not known to be allowed to see the keys of rows. */
    public PipelineStatus withoutKeys() {
        return new PipelineStatus(
                pipeline,
                state,
                running,
                paused,
                asOf,
                snapshot,
                capture,
                targets.stream().map(TargetStatus::withoutKeys).toList(),
                deadLetters,
                toastRefilled,
                noops,
                references,
                canSwitch,
                lifecycle,
                routing,
                errors);
    }

    /** @param etaSeconds null as long as there is no rate to tell it from */
    public record Snapshot(
            long rowsDone,
            long rowsTotal,
            long rowsPerSecond,
            @Nullable Long etaSeconds,
            boolean complete) {}

    public record Capture(String position, long lagBytes) {}

    /**
     * @param lagSeconds the age of the newest barrier that every partition has acknowledged; null before the first
     * @param lastBarrier that barrier's position, as the source prints it; empty before the first
     * @param verification the continuous verification; null if it has never run
     */
    public record TargetStatus(
            String name,
            @JsonSerialize(using = ToStringSerializer.class) SinkState state,
            long upserts,
            long deletes,
            @Nullable Double lagSeconds,
            long lagRecords,
            String lastBarrier,
            @Nullable VerificationStatus verification) {
        private TargetStatus withoutKeys() {
            return new TargetStatus(
                    name,
                    state,
                    upserts,
                    deletes,
                    lagSeconds,
                    lagRecords,
                    lastBarrier,
                    verification == null ? null : verification.withoutKeys());
        }
    }

    /** @param orphanReferences whose vector was not there when a barrier passed: open dead letters, unless they were discarded */
    public record References(long orphanReferences, long unreferencedVectors) {}

    /**
     * Whether writes may be switched.
     *
     * @param reasons the sentences of the blockers
     */
    public record CanSwitch(boolean ok, List<String> reasons, List<Blocker> blockers) {
        public CanSwitch {
            reasons = List.copyOf(reasons);
            blockers = List.copyOf(blockers);
        }

        static CanSwitch of(List<Blocker> blockers) {
            return new CanSwitch(
                    blockers.isEmpty(), blockers.stream().map(Blocker::reason).toList(), blockers);
        }
    }

    /**
     * A reason against a switch.
     *
     * @param name by which a person waives it
     * @param etaSeconds until it is expected to pass; null if that is unknown
     */
    public record Blocker(
            String name, String reason, @Nullable Long etaSeconds) {
        static Blocker of(String name, String reason) {
            return new Blocker(name, reason, null);
        }
    }
}
