package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.CaptureProgress;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/** Decides whether the slot can continue from the recorded position, or has lost changes. A gap is never ignored. */
public final class SlotContinuity {
    private static final String REMEDY =
            "Start a new generation, which copies every row again and deletes from the target what no longer exists: ferry run -f … --new-generation";

    private SlotContinuity() {}

    /**
     * Fails if the slot stands and no start of this pipeline has made it: its place would be lost to the one that reads it.
     *
     * @param section of the pipeline file that names the slot
     * @param recorded what this pipeline has recorded, the default instance if nothing
     */
    public static void requireOwn(
            String section, String slot, Optional<ReplicationSlot.State> state, CaptureProgress recorded) {
        boolean isOwn = recorded.getSlot().equals(slot) && (recorded.getOwnsSlot() || recorded.getPlace() != 0);
        if (state.isPresent() && !isOwn) {
            throw FerryException.misconfigured(
                    "the replication slot %s exists, and this pipeline has not made it%s"
                            .formatted(slot, state.get().active() ? ": another process reads it" : ""),
                    "If it is of another pipeline, such as one with the same name, give this one another name, or another slot and publication with %1$s.slot and %1$s.publication. If nothing needs it any more, drop it: SELECT pg_drop_replication_slot('%2$s');"
                            .formatted(section, slot));
        }
    }

    /**
     * True: the slot has to be made, since nothing was captured yet.
     *
     * @param section of the pipeline file that names the slot
     */
    public static boolean mustCreate(
            String section, String slot, Optional<ReplicationSlot.State> state, Optional<CaptureProgress> recorded) {
        if (recorded.isEmpty()) {
            // Without a place it was made by a start that was killed; it holds all since, and no row was read yet.
            state.filter(found -> !found.plugin().equals("pgoutput")).ifPresent(found -> {
                throw FerryException.misconfigured(
                        "the slot %s exists with the plug-in %s".formatted(slot, found.plugin()),
                        "Name another one with %s.slot.".formatted(section));
            });
            return state.isEmpty();
        }
        ReplicationSlot.State found = state.orElseThrow(() -> FerryException.misconfigured(
                "the replication slot %s no longer exists, and every change since %s is lost"
                        .formatted(slot, position(recorded.get().getPlace())),
                REMEDY));
        if (found.walStatus().equals("lost")) {
            throw FerryException.misconfigured(
                    "the replication slot %s was invalidated: it passed max_slot_wal_keep_size, and changes since %s are lost"
                            .formatted(slot, position(recorded.get().getPlace())),
                    REMEDY);
        }
        if (Long.compareUnsigned(found.confirmed(), recorded.get().getPlace()) > 0) {
            throw FerryException.misconfigured(
                    "the replication slot %s is at %s, past the last captured %s: it was dropped and created again, or advanced manually"
                            .formatted(
                                    slot,
                                    position(found.confirmed()),
                                    position(recorded.get().getPlace())),
                    REMEDY);
        }
        return false;
    }

    private static String position(long place) {
        return LogSequenceNumber.valueOf(place).asString();
    }
}
