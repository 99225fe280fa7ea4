package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.index.VectorIndexMaintenance;
import io.vectorferry.sink.lancedb.table.TableOffsets;
import io.vectorferry.sink.lancedb.table.WriterClaim;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.TableScan;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.FragmentMetadata;
import org.lance.cleanup.CleanupPolicy;
import org.lance.compaction.CompactionOptions;

/** Compaction, index and clean-up of a table, in its writer's thread between batches. */
public final class TableMaintenance implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final Duration CLEANUP_INTERVAL = Duration.ofMinutes(10);

    /** Readers, and a commit that is on its way, hold on to old versions. */
    private static final Duration VERSIONS_KEPT = Duration.ofHours(1);

    /** Lance's default. */
    private static final int COMPACTION_BATCH_ROWS = 8_192;

    /** Small fragments are merged into larger ones step by step, so that a row is rewritten three times and not with each merge. */
    private static final List<Long> FRAGMENT_ROWS = List.of(5_000L, 50_000L, 1_000_000L);

    private static final int MAX_FRAGMENTS_OF_A_SIZE = 32;

    /** Maximum of fragments up to which merging is postponed while more is waiting. */
    private static final int MAX_FRAGMENTS_BEHIND = 400;

    private static final float MAX_DELETED_SHARE = 0.1f;

    private final LanceTable table;
    private final VectorIndexMaintenance index;
    private long nextLookNanos = System.nanoTime() + PAUSE.toNanos();
    private long nextCleanupNanos = System.nanoTime() + CLEANUP_INTERVAL.toNanos();

    public TableMaintenance(LanceTable table, LanceDbConfig config, Supplier<Optional<DistanceMetric>> searchedBy) {
        this.table = table;
        this.index = new VectorIndexMaintenance(table.uri(), config, searchedBy);
    }

    /** @return true when the rows may have moved or the version has changed */
    public boolean run(boolean caughtUp) {
        if (System.nanoTime() < nextLookNanos) {
            return false;
        }
        nextLookNanos = System.nanoTime() + PAUSE.toNanos();
        boolean changed = index.finished();
        if (changed) {
            table.reopen(); // the handle's version is older than the index
        }
        changed |= !index.building() && compact(caughtUp);
        changed |= cleanUp(changed);
        index.look(table.dataset(), caughtUp);
        // Upkeep itself takes time: the pause counts from its end.
        nextLookNanos = System.nanoTime() + PAUSE.toNanos();
        return changed;
    }

    public void settle() {
        if (index.finished()) {
            table.reopen();
        }
        index.settle(table.dataset());
    }

    public boolean compact(boolean caughtUp) {
        List<FragmentMetadata> fragments =
                table.dataset().getFragments().stream().map(Fragment::metadata).toList();
        if (!caughtUp && fragments.size() < MAX_FRAGMENTS_BEHIND) {
            return false;
        }
        Optional<Long> target = targetRows(fragments);
        if (target.isEmpty()) {
            return false;
        }
        Optional<PartitionOffsets> offsets = TableOffsets.read(table.dataset());
        long version = table.dataset().version();
        table.dataset()
                .compact(CompactionOptions.builder()
                        .withBatchSize(Math.min(
                                COMPACTION_BATCH_ROWS,
                                TableScan.rowsWithin(table.dataset().getSchema(), RowStream.PART_BYTES)))
                        .withTargetRowsPerFragment(target.get())
                        .withMaterializeDeletionsThreshold(MAX_DELETED_SHARE)
                        .build());
        if (table.dataset().version() == version) {
            return false; // those that are due belong to different parts of an index
        }
        table.reopen();
        WriterClaim.commit(table, Map.of(), offsets);
        return true;
    }

    private static Optional<Long> targetRows(List<FragmentMetadata> fragments) {
        long smaller = 0;
        for (long rows : FRAGMENT_ROWS) {
            long low = smaller;
            long count = fragments.stream()
                    .filter(f -> f.getNumRows() >= low && f.getNumRows() < rows)
                    .count();
            if (count > MAX_FRAGMENTS_OF_A_SIZE) {
                return Optional.of(rows);
            }
            smaller = rows;
        }
        long physical =
                fragments.stream().mapToLong(FragmentMetadata::getPhysicalRows).sum();
        long deleted =
                fragments.stream().mapToLong(FragmentMetadata::getNumDeletions).sum();
        return deleted > 2 * MAX_DELETED_SHARE * physical ? Optional.of(FRAGMENT_ROWS.getFirst()) : Optional.empty();
    }

    private boolean cleanUp(boolean watermarkFresh) {
        if (System.nanoTime() < nextCleanupNanos) {
            return false;
        }
        nextCleanupNanos = System.nanoTime() + CLEANUP_INTERVAL.toNanos();
        Dataset dataset = table.dataset();
        if (!watermarkFresh) {
            WriterClaim.commit(table, Map.of(), TableOffsets.read(dataset));
        }
        cleanUpBefore(System.currentTimeMillis() - VERSIONS_KEPT.toMillis());
        return true;
    }

    public void cleanUpBefore(long millis) {
        table.dataset()
                .cleanupWithPolicy(CleanupPolicy.builder()
                        .withBeforeTimestampMillis(millis)
                        .withErrorIfTaggedOldVersions(false)
                        .build());
    }

    @Override
    public void close() {
        index.close();
    }
}
