package io.vectorferry.sink.lancedb;

import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetWrite;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

/** Which fragments a version of the table has and where each id lies in them. Void once someone else has changed the table. For one thread. */
final class RowLocations {
    private static final String ROW_ADDRESS = "_rowaddr";
    private static final long SCAN_BATCH_ROWS = 65_536;

    private final KeyIndex keys;
    private List<FragmentMetadata> fragments;

    private RowLocations(KeyIndex keys, List<FragmentMetadata> fragments) {
        this.keys = keys;
        this.fragments = fragments;
    }

    static RowLocations read(Dataset dataset) {
        ArrowType type = dataset.getSchema().findField(ColumnTypes.ID).getType();
        KeyIndex keys = new KeyIndex(type instanceof ArrowType.Int ? IdKind.NUMBER : IdKind.TEXT);
        List<FragmentMetadata> fragments = fragmentsOf(dataset);
        if (!fragments.isEmpty()) {
            scan(dataset, keys);
        }
        return new RowLocations(keys, fragments);
    }

    private static void scan(Dataset dataset, KeyIndex keys) {
        ScanOptions options = new ScanOptions.Builder()
                .columns(List.of(ColumnTypes.ID))
                .withRowAddress(true)
                .batchSize(SCAN_BATCH_ROWS)
                .build();
        TableScan.read(
                dataset,
                options,
                batch -> add(keys, batch.getVector(ColumnTypes.ID), (UInt8Vector) batch.getVector(ROW_ADDRESS)));
    }

    private static void add(KeyIndex keys, FieldVector ids, UInt8Vector addresses) {
        if (ids instanceof BigIntVector numbers) {
            for (int i = 0; i < numbers.getValueCount(); i++) {
                keys.putNumber(numbers.get(i), addresses.get(i));
            }
        } else {
            VarCharVector texts = (VarCharVector) ids;
            for (int i = 0; i < texts.getValueCount(); i++) {
                keys.putText(texts.get(i), addresses.get(i));
            }
        }
    }

    /** One operation that deletes the rows that stand under the batch's keys and adds the fresh fragments. */
    Update update(Dataset dataset, List<TargetWrite> writes, List<FragmentMetadata> fresh) {
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
            long address = keys.get(write.key().id());
            if (address != KeyIndex.ABSENT) {
                offsets.computeIfAbsent((int) (address >>> 32), f -> new ArrayList<>())
                        .add((int) address);
            }
        }
        return offsets;
    }

    /** Follows a commit; false when it cannot tell where the rows went. */
    boolean moved(
            Dataset next, List<TargetWrite> writes, List<TargetWrite.Upsert> upserts, List<FragmentMetadata> fresh) {
        fragments = fragmentsOf(next);
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
            for (int offset = 0; offset < written.getPhysicalRows(); offset++) {
                keys.put(upserts.get(row++).key().id(), ((long) committed.get().getId() << 32) | offset);
            }
        }
        return row == upserts.size();
    }

    private static List<FragmentMetadata> fragmentsOf(Dataset dataset) {
        return dataset.getFragments().stream().map(Fragment::metadata).toList();
    }
}
