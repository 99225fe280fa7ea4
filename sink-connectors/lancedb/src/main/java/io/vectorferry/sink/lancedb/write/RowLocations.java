package io.vectorferry.sink.lancedb.write;

import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.FragmentMetadata;
import org.lance.ipc.ScanOptions;
import org.lance.operation.Update;

/** The fragments of a version of the table, and the location of each id in them. For one thread. */
public final class RowLocations implements AutoCloseable {
    private static final String ROW_ADDRESS = "_rowaddr";
    private static final long SCAN_BATCH_ROWS = 65_536;

    private final KeyIndex keys;
    private final RowNumbers numbers = new RowNumbers();
    private List<FragmentMetadata> fragments = List.of();

    private RowLocations(KeyIndex keys) {
        this.keys = keys;
    }

    public static RowLocations read(Dataset dataset) {
        ArrowType type = dataset.getSchema().findField(ColumnTypes.ID).getType();
        IdKind kind = type instanceof ArrowType.Int ? IdKind.NUMBER : IdKind.TEXT;
        List<FragmentMetadata> fragments = fragmentsOf(dataset);
        RowLocations locations = new RowLocations(new KeyIndex(kind, liveRows(fragments)));
        try {
            locations.scan(dataset, fragments);
            locations.fragments = fragments;
            return locations;
        } catch (RuntimeException e) {
            locations.close();
            throw e;
        }
    }

    /**
     * Follows the table to a version in which rows may have moved to other fragments, as a compaction moves them: only
     * those fragments are read. False when rows came or went that this does not know of; then it is void.
     */
    public boolean movedTo(Dataset next) {
        List<FragmentMetadata> now = fragmentsOf(next);
        Map<Integer, FragmentMetadata> before = new HashMap<>();
        fragments.forEach(fragment -> before.put(fragment.getId(), fragment));
        List<FragmentMetadata> fresh = new ArrayList<>();
        for (FragmentMetadata fragment : now) {
            FragmentMetadata known = before.get(fragment.getId());
            if (known == null) {
                fresh.add(fragment);
            } else if (known.getPhysicalRows() != fragment.getPhysicalRows()
                    || known.getNumDeletions() != fragment.getNumDeletions()) {
                return false;
            }
        }
        scan(next, fresh);
        follow(now);
        return keys.size() == liveRows(now);
    }

    private void follow(List<FragmentMetadata> present) {
        fragments = present;
        numbers.keepOnly(present);
    }

    /** Fragments that it takes memory for, on Java's heap. */
    public int numberedFragments() {
        return numbers.count;
    }

    private static long liveRows(List<FragmentMetadata> fragments) {
        return fragments.stream().mapToLong(FragmentMetadata::getNumRows).sum();
    }

    private void scan(Dataset dataset, List<FragmentMetadata> of) {
        if (of.isEmpty()) {
            return;
        }
        of.forEach(numbers::add);
        ScanOptions options = new ScanOptions.Builder()
                .columns(List.of(ColumnTypes.ID))
                .fragmentIds(of.stream().map(FragmentMetadata::getId).toList())
                .withRowAddress(true)
                .batchSize(SCAN_BATCH_ROWS)
                .build();
        TableScan.read(
                dataset,
                options,
                batch -> add(batch.getVector(ColumnTypes.ID), (UInt8Vector) batch.getVector(ROW_ADDRESS)));
    }

    private void add(FieldVector ids, UInt8Vector addresses) {
        if (ids instanceof BigIntVector numbered) {
            for (int i = 0; i < numbered.getValueCount(); i++) {
                keys.putNumber(numbered.get(i), numbers.of(addresses.get(i)));
            }
        } else {
            VarCharVector texts = (VarCharVector) ids;
            for (int i = 0; i < texts.getValueCount(); i++) {
                keys.putText(texts.get(i), numbers.of(addresses.get(i)));
            }
        }
    }

    /** There is no fragment that a commit could list. */
    public boolean isEmpty() {
        return fragments.isEmpty();
    }

    /** Returns one operation that deletes the rows with the batch's keys and adds the new fragments. */
    public Update update(Dataset dataset, List<TargetWrite> writes, List<FragmentMetadata> fresh) {
        List<Long> removed = new ArrayList<>();
        TreeMap<Integer, FragmentMetadata> updated = new TreeMap<>();
        doomed(writes).forEach((fragment, offsets) -> {
            @Nullable FragmentMetadata rest = dataset.getFragment(fragment).deleteRows(offsets);
            if (rest == null) {
                removed.add((long) fragment);
            } else {
                updated.put(fragment, rest);
            }
        });
        fence().filter(f -> !removed.contains((long) f.getId())).ifPresent(f -> updated.putIfAbsent(f.getId(), f));
        return Update.builder()
                .removedFragmentIds(removed)
                .updatedFragments(List.copyOf(updated.values()))
                .newFragments(fresh)
                .updateMode(Optional.of(Update.UpdateMode.RewriteRows))
                .build();
    }

    /** The fragment that every writer's commit lists, changed or not. */
    private Optional<FragmentMetadata> fence() {
        return fragments.stream().min(Comparator.comparingInt(FragmentMetadata::getId));
    }

    private Map<Integer, List<Integer>> doomed(List<TargetWrite> writes) {
        Map<Integer, List<Integer>> offsets = new TreeMap<>();
        for (TargetWrite write : writes) {
            long number = keys.get(write.key().id());
            if (number != KeyIndex.ABSENT) {
                long address = numbers.address(number);
                offsets.computeIfAbsent((int) (address >>> 32), f -> new ArrayList<>())
                        .add((int) address);
            }
        }
        return offsets;
    }

    /** Follows a commit; false when it cannot tell where the rows went. */
    boolean moved(
            Dataset next, List<TargetWrite> writes, List<TargetWrite.Upsert> upserts, List<FragmentMetadata> fresh) {
        follow(fragmentsOf(next));
        for (TargetWrite write : writes) {
            switch (write) {
                case TargetWrite.Delete delete -> keys.remove(delete.key().id());
                case TargetWrite.Upsert ignored -> {}
            }
        }
        int row = 0;
        for (FragmentMetadata written : fresh) {
            Optional<FragmentMetadata> committed = fragments.stream()
                    .filter(f -> f.getFiles()
                            .getFirst()
                            .getPath()
                            .equals(written.getFiles().getFirst().getPath()))
                    .findFirst();
            if (committed.isEmpty()) {
                return false;
            }
            long first = numbers.add(committed.get());
            for (int offset = 0; offset < written.getPhysicalRows(); offset++) {
                keys.put(upserts.get(row++).key().id(), first + offset);
            }
        }
        return row == upserts.size();
    }

    private static List<FragmentMetadata> fragmentsOf(Dataset dataset) {
        return dataset.getFragments().stream().map(Fragment::metadata).toList();
    }

    @Override
    public void close() {
        keys.close();
    }

    /** Counts the rows of the fragments that were seen, one after the other: a number needs fewer bits than fragment and offset. */
    private static final class RowNumbers {
        private static final int INITIAL_FRAGMENTS = 64;

        private final Map<Integer, Long> firstOf = new HashMap<>();
        private long[] firsts = new long[INITIAL_FRAGMENTS];
        private int[] ids = new int[INITIAL_FRAGMENTS];
        private int count;
        private long next;

        /** Returns the number of its first row. */
        long add(FragmentMetadata fragment) {
            if (count == ids.length) {
                firsts = Arrays.copyOf(firsts, 2 * count);
                ids = Arrays.copyOf(ids, 2 * count);
            }
            long first = next;
            firsts[count] = first;
            ids[count] = fragment.getId();
            count++;
            firstOf.put(fragment.getId(), first);
            next += fragment.getPhysicalRows();
            return first;
        }

        /** Forgets the fragments that are gone, whose rows have got other numbers or none, once they are the most. */
        void keepOnly(List<FragmentMetadata> present) {
            if (count <= 2 * present.size() + INITIAL_FRAGMENTS) {
                return;
            }
            Set<Integer> living = new HashSet<>();
            present.forEach(fragment -> living.add(fragment.getId()));
            int kept = 0;
            for (int i = 0; i < count; i++) {
                if (living.contains(ids[i])) {
                    firsts[kept] = firsts[i];
                    ids[kept] = ids[i];
                    kept++;
                }
            }
            count = kept;
            firstOf.keySet().retainAll(living);
        }

        /** @param address the fragment's id in the upper half, the offset in the lower */
        long of(long address) {
            @Nullable Long first = firstOf.get((int) (address >>> 32));
            if (first == null) {
                throw new IllegalStateException("a row of a fragment that was not listed");
            }
            return first + (address & 0xFFFF_FFFFL);
        }

        long address(long number) {
            int at = Arrays.binarySearch(firsts, 0, count, number);
            // Fragments without rows begin at the same number as the one behind them.
            int fragment = at >= 0 ? at : -at - 2;
            while (fragment + 1 < count && firsts[fragment + 1] == firsts[fragment]) {
                fragment++;
            }
            return ((long) ids[fragment] << 32) | (number - firsts[fragment]);
        }
    }
}
