package io.vectorferry.sink.runner;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.sink.runner.BatchIsolation.WriteCounts;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** One collection on its way into its table: what waits to be applied, and the writer. For one thread. */
final class CollectionSink implements AutoCloseable {
    private final TargetWriter writer;
    private final Retries retries;
    private final RejectedRecords rejected;
    private final RefusedUpdates refusedUpdates;
    private final long filledSinceMillis;
    private final BatchIsolation batches = new BatchIsolation(this::apply, this::refused);
    private final List<TargetWrite> waiting = new ArrayList<>();
    private SchemaTracker schema;
    private PartitionOffsets committed;
    private boolean open;

    /**
     * @param nowMillis when a table that remembers no offsets begins to be filled
     * @param checked returns what of the table's offsets counts, or refuses the table
     */
    CollectionSink(
            TargetWriter writer,
            Retries retries,
            RejectedRecords rejected,
            RefusedUpdates refusedUpdates,
            long nowMillis,
            UnaryOperator<PartitionOffsets> checked) {
        this.refusedUpdates = refusedUpdates;
        this.writer = writer;
        this.retries = retries;
        this.schema = tracker(writer, retries);
        this.rejected = rejected;
        // First without a claim: a pipeline that may not have the table must not fence out the one whose it is.
        var unused = retries.get(writer::rememberedOffsets).map(checked);
        Optional<PartitionOffsets> remembered =
                retries.get(writer::committedOffsets).map(checked);
        this.filledSinceMillis =
                remembered.map(PartitionOffsets::filledSinceMillis).orElse(nowMillis);
        this.committed = remembered.orElse(PartitionOffsets.of(Map.of()));
    }

    private static SchemaTracker tracker(TargetWriter writer, Retries retries) {
        return new SchemaTracker(
                column -> retries.get(() -> writer.dimensionOf(column)), () -> retries.get(writer::filledWith));
    }

    PartitionOffsets committed() {
        return committed;
    }

    long filledSinceMillis() {
        return filledSinceMillis;
    }

    /** Changes when the table is recreated; empty if there is none, or if that cannot be detected. */
    Optional<String> incarnation() {
        return isOpen() ? retries.get(writer::incarnation) : Optional.empty();
    }

    /** Takes a write unless the table has it already or cannot hold it. */
    void add(TargetWrite write) {
        Long applied = committed.next().get(write.origin().partition());
        if (applied != null && write.origin().offset() < applied) {
            return;
        }
        switch (write) {
            case TargetWrite.Upsert upsert -> addUpsert(upsert);
            case TargetWrite.Delete delete -> waiting.add(delete);
        }
    }

    private void addUpsert(TargetWrite.Upsert upsert) {
        schema.grownBy(upsert.key(), upsert.row()).ifPresent(grown -> {
            retries.run(() -> writer.prepare(grown));
        });
        Optional<Rejection> rejection = writer.check(upsert);
        if (rejection.isPresent()) {
            rejected.publish(upsert, rejection.get());
            waiting.addAll(insteadOf(upsert));
        } else {
            waiting.add(upsert);
        }
    }

    /** Returns the write that removes the state before a rejected one from the target. */
    private List<TargetWrite> insteadOf(TargetWrite.Upsert refused) {
        return switch (refusedUpdates) {
            case KEEP -> List.of();
            case DELETE -> List.of(new TargetWrite.Delete(refused.key(), refused.origin()));
        };
    }

    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /**
     * Drops what waits; what was applied may have been overwritten by another process, and the table dropped and
     * recreated.
     */
    void forget() {
        waiting.clear();
        open = false;
        schema = tracker(writer, retries);
        committed = PartitionOffsets.of(Map.of());
        writer.forget();
    }

    boolean exists() {
        return isOpen();
    }

    /** Whether ferry has filled the table, in this run or an earlier one. */
    boolean isFilled() {
        return retries.get(writer::filledWith).isPresent();
    }

    /** Applies all that waits; when it returns, it is durable. */
    WriteCounts flush(PartitionOffsets read) {
        PartitionOffsets offsets = read.filledSince(filledSinceMillis);
        if (waiting.isEmpty() || !isOpen()) {
            waiting.clear(); // without a table there is nothing to delete
            return WriteCounts.NONE;
        }
        WriteBatch batch = WriteBatch.collapse(waiting, offsets);
        WriteCounts applied = batches.apply(batch, committed);
        waiting.clear();
        committed = committed.advancedBy(offsets);
        return applied;
    }

    /** Makes readable everything that was applied. */
    void makeReadable() {
        if (open) {
            retries.run(writer::flush);
        }
    }

    private void apply(WriteBatch batch) {
        if (!batch.offsets().equals(committed)) {
            rejected.await(); // of this very batch too, when it is isolated
        }
        retries.run(() -> writer.apply(batch));
    }

    private List<TargetWrite> refused(TargetWrite write, FerryException why) {
        return switch (write) {
            case TargetWrite.Upsert upsert -> {
                rejected.publish(upsert, new Rejection(why.errorType(), String.valueOf(why.getMessage())));
                yield insteadOf(upsert);
            }
            case TargetWrite.Delete ignored -> throw why;
        };
    }

    /** Offsets alone, when the table's own lag behind them. */
    void commit(PartitionOffsets read) {
        PartitionOffsets offsets = read.filledSince(filledSinceMillis);
        if (!committed.equals(offsets) && isOpen()) {
            retries.run(() -> writer.apply(new WriteBatch(List.of(), offsets)));
            committed = committed.advancedBy(offsets);
        }
    }

    void maintain(boolean caughtUp) {
        if (open) {
            retries.run(() -> writer.maintain(caughtUp));
        }
    }

    void settle() {
        if (open) {
            retries.run(writer::settle);
        }
    }

    /** There is a table: of this run or of an earlier one. */
    private boolean isOpen() {
        if (!open) {
            open = retries.get(writer::exists);
        }
        return open;
    }

    @Override
    public void close() {
        writer.close();
    }
}
