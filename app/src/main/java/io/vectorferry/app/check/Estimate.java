package io.vectorferry.app.check;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import org.jspecify.annotations.Nullable;

/**
 * The cost of a first run, from the source's own estimates: for planning, within a factor of two.
 *
 * @param rows null if some table's could not be counted
 * @param bytes at the source, with the indexes left out
 * @param topicBytes of {@code changes}, which is kept for days, and {@code records}, which is kept for good
 * @param targetBytes in each target, its vector index and the files that a compaction replaces included
 * @param barrierBytesPerDay of WAL that the barriers add
 * @param snapshotSeconds with two cores, as measured (docs/benchmarks)
 */
public record Estimate(
        @Nullable Long rows,
        long bytes,
        long topicBytes,
        long targetBytes,
        long barrierBytesPerDay,
        long snapshotSeconds) {
    private static final int TOPICS_WITH_ROWS = 2;
    private static final int TARGET_COPIES = 2;
    private static final long BARRIER_BYTES = 200;
    private static final long MILLIS_PER_DAY = 86_400_000;
    private static final long ROWS_PER_SECOND = 10_000;
    private static final long BYTES_PER_SECOND = 40L << 20;

    public static Estimate of(SourcePlan plan, PipelineConfig config) {
        Long rows = 0L;
        for (CollectionPlan collection : plan.collections()) {
            Long counted = collection.rows();
            rows = rows == null || counted == null ? null : rows + counted;
        }
        long bytes =
                plan.collections().stream().mapToLong(CollectionPlan::bytes).sum();
        return new Estimate(
                rows,
                bytes,
                bytes * TOPICS_WITH_ROWS,
                bytes * TARGET_COPIES,
                MILLIS_PER_DAY / Math.max(1, config.control().barrierInterval().toMillis()) * BARRIER_BYTES,
                Math.max(1, Math.max(rows == null ? 0 : rows / ROWS_PER_SECOND, bytes / BYTES_PER_SECOND)));
    }
}
