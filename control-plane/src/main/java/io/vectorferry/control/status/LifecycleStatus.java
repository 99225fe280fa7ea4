package io.vectorferry.control.status;

import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.lifecycle.Phase;
import io.vectorferry.control.routing.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The place of a pipeline in its life.
 *
 * @param state without regard to a failure
 * @param since ISO 8601; null before the first event
 * @param sequence of the last event; 0 before the first
 * @param paused whether all stages are to pause
 * @param reason why it has failed; empty: it has not
 * @param waitsFor what has to happen before the next state
 */
public record LifecycleStatus(
        @JsonSerialize(using = ToStringSerializer.class) PipelineState state,
        @Nullable String since,
        long sequence,
        boolean paused,
        boolean failed,
        String reason,
        List<String> waitsFor) {
    public LifecycleStatus {
        waitsFor = List.copyOf(waitsFor);
    }

    /** @param state that the life has, or will have in a moment */
    static LifecycleStatus of(Life life, PipelineState state, PipelineStatus.Snapshot snapshot) {
        List<String> waitsFor = new ArrayList<>();
        if (life.paused() && !(life.phase() instanceof Phase.Completed)) {
            waitsFor.add("`ferry resume`");
        }
        if (!life.failure().isEmpty()) {
            waitsFor.add("the end of the failure");
        }
        next(life, state, snapshot, waitsFor);
        return new LifecycleStatus(
                state,
                life.sequence() == 0 ? null : Micros.instant(life.sinceMicros()).toString(),
                life.sequence(),
                life.paused(),
                !life.failure().isEmpty(),
                life.failure(),
                waitsFor);
    }

    private static void next(Life life, PipelineState state, PipelineStatus.Snapshot snapshot, List<String> waitsFor) {
        String target = life.routing().target();
        switch (state) {
            case IDLE -> {
                if (!life.paused()) {
                    waitsFor.add("the producer, to begin the snapshot");
                }
            }
            case SNAPSHOT -> {
                Long eta = snapshot.etaSeconds();
                waitsFor.add("the snapshot: %,d of %,d rows%s"
                        .formatted(
                                snapshot.rowsDone(),
                                snapshot.rowsTotal(),
                                eta == null ? "" : ", about %d s left".formatted(eta)));
            }
            case STREAMING -> waitsFor.add("a verification (`ferry verify`), then reads (`ferry route --advance`)");
            case VERIFYING -> waitsFor.add("the end of the verification");
            case SHADOW -> waitsFor.add("reads to move to %s (`ferry route --advance`)".formatted(target));
            case CANARY -> waitsFor.add(canary(life.routing()));
            case SWITCHING -> waitsFor.add("the end of the switch");
            case SWITCHED -> waitsFor.add("`ferry complete`, or `ferry rollback`");
            case ROLLING_BACK -> waitsFor.add("the end of the rollback");
            case COMPLETED, FAILED, UNKNOWN -> {
                // nothing follows
            }
        }
    }

    private static String canary(Routing routing) {
        OptionalLong end = routing.endOfStep();
        if (end.isPresent()) {
            return "%s, when the step at %s %% ends"
                    .formatted(Micros.instant(end.getAsLong()), Routing.percent(routing.share()));
        }
        return routing.share() == Routing.BUCKETS ? "`ferry switch`" : "`ferry route --advance`";
    }
}
