package io.vectorferry.sink.runner;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.List;
import java.util.function.Consumer;

/** Applies batches, and halves one that the target rejects until the rows that spoil it are alone. For one thread. */
public final class BatchIsolation {
    private final Consumer<WriteBatch> apply;
    private final Refusal refusal;

    /** Reports a write that the target rejects. */
    @FunctionalInterface
    public interface Refusal {
        /**
         * Returns what is applied instead.
         *
         * @throws FerryException {@code why}, if the write cannot be left out
         */
        List<TargetWrite> refused(TargetWrite write, FerryException why);
    }

    /** How many rows a batch wrote and how many it deleted. */
    public record WriteCounts(long upserts, long deletes) {
        static final WriteCounts NONE = new WriteCounts(0, 0);

        static WriteCounts of(WriteBatch batch) {
            long upserts = 0;
            for (TargetWrite write : batch.writes()) {
                upserts += switch (write) {
                    case TargetWrite.Upsert ignored -> 1;
                    case TargetWrite.Delete ignored -> 0;
                };
            }
            return new WriteCounts(upserts, batch.writes().size() - upserts);
        }

        WriteCounts plus(WriteCounts other) {
            return new WriteCounts(upserts + other.upserts, deletes + other.deletes);
        }
    }

    /** @param apply throws a {@link FerryException} of kind {@code REJECTED_RECORD} if a write of the batch is to blame */
    public BatchIsolation(Consumer<WriteBatch> apply, Refusal refusal) {
        this.apply = apply;
        this.refusal = refusal;
    }

    /**
     * Applies a batch without the writes that the target rejects; what is returned is durable. Only the last part carries the batch's
     * offsets.
     *
     * @param committed what the table has already, carried by the parts before
     */
    public WriteCounts apply(WriteBatch batch, PartitionOffsets committed) {
        try {
            apply.accept(batch);
            return WriteCounts.of(batch);
        } catch (FerryException e) {
            if (e.kind() != FerryException.Kind.REJECTED_RECORD
                    || batch.writes().isEmpty()) {
                throw e;
            }
            return isolate(batch, committed, e);
        }
    }

    private WriteCounts isolate(WriteBatch batch, PartitionOffsets committed, FerryException why) {
        List<TargetWrite> writes = batch.writes();
        if (writes.size() == 1) {
            return apply(new WriteBatch(refusal.refused(writes.getFirst(), why), batch.offsets()), committed);
        }
        int half = writes.size() / 2;
        WriteCounts first = apply(new WriteBatch(writes.subList(0, half), committed), committed);
        return first.plus(apply(new WriteBatch(writes.subList(half, writes.size()), batch.offsets()), committed));
    }
}
