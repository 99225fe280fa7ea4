package io.vectorferry.sink.spi;

import java.util.Optional;

/**
 * Writes one table. Single-threaded. The runner asks for {@link #rememberedOffsets} and {@link #committedOffsets} first. When a row brings
 * something new, it calls {@link #filledWith} (the first time), {@link #dimensionOf} and {@link #prepare}; then {@link #check} for each
 * upsert, and {@link #exists} and {@link #apply} for each batch; {@link #flush} before it acknowledges a barrier; {@link #maintain} in
 * between; {@link #settle} and {@link #close} at the end.
 *
 * <p>{@link #apply} is idempotent; when it returns, the batch is durable; when it throws, any part may be
 * written and the caller applies the whole batch again. Errors are {@link io.vectorferry.contracts.FerryException}: of
 * kind {@code RETRYABLE} (back off, again), {@code REJECTED_RECORD} (the caller bisects the batch) or
 * {@code MISCONFIGURED} (stop: wrong schema, fenced by another writer, no permission).
 */
public interface TargetWriter extends AutoCloseable {
    /**
     * Creates the table, adds the columns that it lacks, widens a column to the joined type of both, or refuses a mismatch with its remedy. A
     * column that is wider than asked for stays. Called before the first batch and whenever the schema has grown.
     */
    void prepare(TargetSchema schema);

    /** Whether there is a table, of this run or of an earlier one. */
    boolean exists();

    /**
     * Returns a value that changes when the table is dropped and created again; empty if the target stores offsets in
     * the table itself.
     */
    default Optional<String> incarnation() {
        return Optional.empty();
    }

    /** The dimension that an existing table has fixed for that vector column; 0 where there is none. */
    default int dimensionOf(String vectorColumn) {
        return 0;
    }

    /**
     * Returns the schema of the rows that ferry has already written to the table. It determines column types, instead
     * of the first row that a process sees. Empty if there is no table, or no row of ferry in it; {@link #prepare}
     * then refuses a table that does not match.
     */
    default Optional<TargetSchema> filledWith() {
        return Optional.empty();
    }

    /**
     * Returns whether an integer column can become float64 without rounding any value; {@link #prepare} then converts
     * it. True if the column does not exist yet.
     */
    default boolean canBecomeReal(String field) {
        return false;
    }

    /**
     * Returns why the prepared table cannot hold this write, so that it does not fail a whole batch; empty if it can.
     */
    Optional<Rejection> check(TargetWrite write);

    void apply(WriteBatch batch);

    /**
     * Like {@link #committedOffsets}, but without fencing earlier writers. Used to check whether this writer may use
     * the table.
     */
    default Optional<PartitionOffsets> rememberedOffsets() {
        return Optional.empty();
    }

    /**
     * Returns the offsets stored in the target; empty if it stores none, or if the table is new. Fences every earlier writer: their next
     * {@link #apply} fails with {@code MISCONFIGURED}. A writer that was never asked fences them with its first batch.
     */
    Optional<PartitionOffsets> committedOffsets();

    /** All applied so far is readable by any client. */
    void flush();

    /**
     * Upkeep in the writer's own thread between batches: compaction, index, clean-up.
     *
     * @param caughtUp nothing is waiting, so that slow upkeep such as a first index build may run
     */
    void maintain(boolean caughtUp);

    /** Another process may write the same rows from now on: what was applied must not be written again. */
    default void forget() {}

    /** Everything has been applied and the writer is about to be closed: what upkeep still owes may begin, and {@link #close} waits for it within a bound. */
    default void settle() {}

    @Override
    void close();
}
