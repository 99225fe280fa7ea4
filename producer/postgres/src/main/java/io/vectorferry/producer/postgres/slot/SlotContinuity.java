package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.CaptureProgress;
import java.util.Optional;
import org.postgresql.replication.LogSequenceNumber;

/** Decides whether the slot can go on from what is recorded, or has lost changes; it never lets a gap pass in silence. */
public final class SlotContinuity {
    private static final String REMEDY =
            "Start a new generation, which copies every row again and sweeps what is gone: ferry run -f … --new-generation";

    private SlotContinuity() {}

    /** True: the slot has to be made, since nothing was captured yet. */
    public static boolean mustCreate(
            String slot, Optional<ReplicationSlot.State> state, Optional<CaptureProgress> recorded) {
        if (recorded.isEmpty()) {
            // A slot without a record was made by a start that was killed; it holds all since, and no row was read yet.
            state.filter(found -> !found.plugin().equals("pgoutput")).ifPresent(found -> {
                throw FerryException.misconfigured(
                        "the slot %s exists with the plug-in %s".formatted(slot, found.plugin()),
                        "Name another one with source.postgres.slot.");
            });
            return state.isEmpty();
        }
        ReplicationSlot.State found = state.orElseThrow(() -> FerryException.misconfigured(
                "the replication slot %s is gone, and with it every change since %s"
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
                    "the replication slot %s stands at %s, beyond the last captured %s: it was dropped and made again, or moved by hand"
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
