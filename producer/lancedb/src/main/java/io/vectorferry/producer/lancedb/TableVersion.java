package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.rescan.spi.CollectionReading;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.NativeCall;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.FragmentMetadata;
import org.lance.ipc.ScanOptions;

/**
 * One version of a table, and its difference from an earlier one. A version never changes, so all that is read is of one point in
 * time. The difference is that of the two lists of fragments: the rows of a fragment that is new, or has other files, are read;
 * the keys of a fragment that is no longer there, or has lost rows, are compared with what took its place. For one thread.
 */
final class TableVersion implements CollectionReading {
    private static final int BLOCK_ROWS = 2_000;
    private static final long BLOCK_BYTES = 8L << 20;

    private final LanceTable table;
    private final TableKey key;
    private final String mark;
    private final long rows;
    private final Extent extent;
    private final @Nullable Dataset before;
    private final Difference difference;
    private boolean isPartial;

    /**
     * The fragments in which two versions differ.
     *
     * @param read of the later version, whose rows are new or were written again
     * @param shrunk of the later version, which have the files of the earlier one and other deletions
     * @param before of the earlier version, whose rows may have gone
     */
    private record Difference(List<Integer> read, List<Integer> shrunk, List<Integer> before) {
        static final Difference NONE = new Difference(List.of(), List.of(), List.of());
    }

    private TableVersion(
            LanceTable table, TableKey key, Extent extent, @Nullable Dataset before, Difference difference) {
        this.table = table;
        this.key = key;
        this.extent = extent;
        this.before = before;
        this.difference = difference;
        this.mark = mark(table.dataset());
        this.rows = table.dataset().countRows();
    }

    /** @param mark of the version with which the table is compared; empty: all of it is read */
    static TableVersion of(LanceTable table, TableKey key, String mark) {
        Dataset now = table.dataset();
        if (mark.equals(mark(now))) {
            return new TableVersion(table, key, Extent.NOTHING, null, Difference.NONE);
        }
        @Nullable Dataset before = mark.isEmpty() ? null : versionOf(now, mark).orElse(null);
        if (before == null) {
            return new TableVersion(table, key, Extent.ALL, null, Difference.NONE);
        }
        Difference difference = difference(before, now);
        return new TableVersion(table, key, Extent.SOME, before, difference);
    }

    /** Returns the number and the time of a version: a table that was created again has the same numbers. */
    private static String mark(Dataset version) {
        return version.version() + "@" + version.getVersion().getDataTime().toInstant();
    }

    /** Returns the marked version; empty if it was cleaned up, is not this table's, or has other columns. */
    private static Optional<Dataset> versionOf(Dataset now, String mark) {
        try {
            long number = Long.parseLong(mark.substring(0, Math.max(0, mark.indexOf('@'))));
            if (number >= now.version()) {
                return Optional.empty(); // the table was created again
            }
            Dataset before = NativeCall.unchecked(() -> now.checkoutVersion(number));
            if (mark(before).equals(mark) && before.getSchema().equals(now.getSchema())) {
                return Optional.of(before);
            }
            before.close();
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty(); // then everything is read, which fails if the store cannot be read at all
        }
    }

    private static Difference difference(Dataset before, Dataset now) {
        Map<Integer, FragmentMetadata> earlier = new HashMap<>();
        before.getFragments().stream().map(Fragment::metadata).forEach(one -> earlier.put(one.getId(), one));
        List<Integer> read = new ArrayList<>();
        List<Integer> shrunk = new ArrayList<>();
        List<Integer> gone = new ArrayList<>();
        for (Fragment fragment : now.getFragments()) {
            FragmentMetadata current = fragment.metadata();
            @Nullable FragmentMetadata former = earlier.remove(current.getId());
            if (former == null) {
                read.add(current.getId());
                continue;
            }
            boolean hasSameFiles = former.getFiles().equals(current.getFiles());
            if (!hasSameFiles || !Objects.equals(former.getDeletionFile(), current.getDeletionFile())) {
                (hasSameFiles ? shrunk : read).add(current.getId());
                gone.add(former.getId());
            }
        }
        gone.addAll(earlier.keySet());
        return new Difference(read, shrunk, gone);
    }

    @Override
    public Extent extent() {
        return extent;
    }

    @Override
    public String mark() {
        return mark;
    }

    @Override
    public long rows() {
        return isPartial ? -1 : rows;
    }

    @Override
    public boolean isCounted() {
        return true;
    }

    @Override
    public void read(Receiver receiver) {
        switch (extent) {
            case NOTHING -> {}
            case ALL -> readRows(new ScanOptions.Builder(), receiver);
            case SOME -> {
                boolean wanted = difference.read().isEmpty()
                        || readRows(new ScanOptions.Builder().fragmentIds(difference.read()), receiver);
                Dataset earlier = before;
                if (wanted && earlier != null && !difference.before().isEmpty()) {
                    readGone(earlier, receiver);
                }
            }
        }
    }

    private void readGone(Dataset earlier, Receiver receiver) {
        Set<SourceKey> gone;
        try {
            gone = keys(earlier, difference.before());
        } catch (RuntimeException e) {
            isPartial = true; // its files were cleaned up
            return;
        }
        Set<SourceKey> kept = keys(table.dataset(), difference.shrunk());
        isPartial = !gone.containsAll(kept); // a restored version gave rows back
        gone.removeAll(kept);
        gone.removeAll(keys(table.dataset(), difference.read()));
        if (!gone.isEmpty()) {
            receiver.gone(gone);
        }
    }

    private boolean readRows(ScanOptions.Builder scan, Receiver receiver) {
        Dataset dataset = table.dataset();
        Map<String, String> configuration = dataset.getConfig();
        int blockRows = Math.min(BLOCK_ROWS, TableScan.rowsWithin(dataset.getSchema(), BLOCK_BYTES));
        return TableScan.readWhile(table, scan.batchSize(blockRows).build(), batch -> {
            List<SourceRow> block = new TableRows(key, batch, configuration).all();
            return block.isEmpty() || receiver.rows(block);
        });
    }

    private Set<SourceKey> keys(Dataset version, List<Integer> fragments) {
        Set<SourceKey> keys = new HashSet<>();
        if (fragments.isEmpty()) {
            return keys;
        }
        ScanOptions options = new ScanOptions.Builder()
                .columns(List.of(key.column()))
                .fragmentIds(fragments)
                .build();
        NativeCall.unchecked(() -> TableScan.read(version, options, batch -> {
            FieldVector column = batch.getVector(key.column());
            for (int row = 0; row < batch.getRowCount(); row++) {
                keys.add(key.of(column, row));
            }
        }));
        return keys;
    }

    @Override
    public void close() {
        if (before != null) {
            before.close();
        }
    }
}
