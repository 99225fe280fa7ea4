package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.message.TargetKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.lance.ipc.ScanOptions;

/** Finds rows by the column that identifies them. */
public final class RowLookup {
    private static final String ROW_ID = "_rowid";
    private static final int IDS_PER_READ = 1_000;

    private RowLookup() {}

    /** Reads the rows with these ids at the version at which the table stands; ids of the other kind have none. */
    public static void read(
            LanceTable table,
            String column,
            Collection<TargetKey.Id> ids,
            int batchRows,
            Consumer<VectorSchemaRoot> batches) {
        List<TargetKey.Id> named = new ArrayList<>();
        Set<TargetKey.Id> unnamed = new HashSet<>();
        for (TargetKey.Id id : Set.copyOf(ids)) {
            if (!StoredIds.isOfKind(id, table.dataset(), column)) {
                continue;
            }
            if (StoredIds.hasLiteral(id)) {
                named.add(id);
            } else {
                unnamed.add(id);
            }
        }
        for (List<TargetKey.Id> some : parts(named, IDS_PER_READ)) {
            ScanOptions options = new ScanOptions.Builder()
                    .batchSize(batchRows)
                    .filter(StoredIds.filter(column, some))
                    .build();
            TableScan.read(table, options, batches);
        }
        if (!unnamed.isEmpty()) {
            take(table, column, unnamed, batchRows, batches);
        }
    }

    /** Looks through the column of the ids, then reads the rows by their place. */
    private static void take(
            LanceTable table, String column, Set<TargetKey.Id> ids, int batchRows, Consumer<VectorSchemaRoot> batches) {
        ScanOptions idColumn = new ScanOptions.Builder()
                .columns(List.of(column))
                .withRowId(true)
                .build();
        List<Long> places = new ArrayList<>();
        TableScan.read(table, idColumn, batch -> {
            FieldVector stored = batch.getVector(column);
            for (int i = 0; i < batch.getRowCount(); i++) {
                if (!stored.isNull(i) && ids.contains(StoredIds.id(stored, i))) {
                    places.add(((UInt8Vector) batch.getVector(ROW_ID)).get(i));
                }
            }
        });
        List<String> columns = table.dataset().getSchema().getFields().stream()
                .map(Field::getName)
                .toList();
        for (List<Long> some : parts(places, Math.min(IDS_PER_READ, batchRows))) {
            TableScan.take(table, some, columns, batches);
        }
    }

    private static <T> List<List<T>> parts(List<T> all, int size) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += size) {
            parts.add(all.subList(from, Math.min(all.size(), from + size)));
        }
        return parts;
    }
}
