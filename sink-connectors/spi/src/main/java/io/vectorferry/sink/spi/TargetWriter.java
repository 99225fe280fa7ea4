package io.vectorferry.sink.spi;

import java.util.Optional;

/**
 * Single-threaded. {@link #apply} is idempotent; when it returns, the batch is durable; when it throws, any part may be
 * written and the caller applies the whole batch again. Errors are {@link io.vectorferry.contracts.FerryException}: of
 * kind {@code RETRYABLE} (back off, again), {@code REJECTED_RECORD} (the caller bisects the batch) or
 * {@code MISCONFIGURED} (stop: wrong schema, fenced by another writer, no permission).
 */
public interface TargetWriter extends AutoCloseable {
    /** Creates the table, adds the columns it lacks, or refuses a mismatch with its remedy. Called before the first batch and whenever the schema has grown. */
    void prepare(TargetSchema schema);

    /** Whether there is a table, of this run or of an earlier one. */
    boolean exists();

    /** Of an existing table, what changes when it is dropped and made anew; empty where the target remembers its offsets in the table itself. */
    default Optional<String> incarnation() {
        return Optional.empty();
    }

    /** The dimension that an existing table has fixed for that vector column; 0 where there is none. */
    default int dimensionOf(String vectorColumn) {
        return 0;
    }

    /**
     * What the rows look like that ferry has filled an existing table with: it says what a column's type is, and not the first row
     * that a process sees. Empty where there is no table, or nothing of ferry's in it: {@link #prepare} refuses it if it does not fit.
     */
    default Optional<TargetSchema> filledWith() {
        return Optional.empty();
    }

    /**
     * Whether the column of a field, which holds whole numbers, can become one of float64 without rounding any of its values:
     * {@link #prepare} then makes it one. True where there is no such column yet.
     */
    default boolean canBecomeReal(String field) {
        return false;
    }

    /** Why this write cannot be held by the table as prepared, told before it spoils a batch. */
    Optional<Rejection> check(TargetWrite write);

    void apply(WriteBatch batch);

    /** As {@link #committedOffsets}, but fences nobody out: to look first whether this writer may have the table at all. */
    default Optional<PartitionOffsets> rememberedOffsets() {
        return Optional.empty();
    }

    /** Where the target itself remembers them; empty where it does not or the table is new. Opening it fences out every earlier writer. */
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
