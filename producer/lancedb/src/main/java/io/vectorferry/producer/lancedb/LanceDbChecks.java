package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.lancedb.LanceDbStore.OpenTable;
import io.vectorferry.producer.rescan.spi.RescanSettings;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.producer.spi.SourcePlan.PlannedVector;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.ColumnWidening;
import io.vectorferry.stores.lancedb.StoredVectors;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.lance.Dataset;
import org.lance.ipc.ScanOptions;

/** Every check of a LanceDB source before anything is written, and the plan of a run. */
final class LanceDbChecks {
    /** The keys of larger tables are compared by the first look alone. */
    private static final long MOST_COMPARED = 1_000_000;

    private static final long MEGABYTE = 1L << 20;

    private final LanceDbSourceConfig config;

    LanceDbChecks(LanceDbSourceConfig config) {
        this.config = config;
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        try (LanceDbStore store = new LanceDbStore(config)) {
            List<String> tables = LanceDbStore.tables(config);
            if (tables.isEmpty()) {
                findings.add(Finding.warning(
                        "tables",
                        "there is no table in " + config.uri(),
                        "It is replicated as soon as it is created. If it should exist, check source.lancedb.uri."));
            }
            long rows = 0;
            for (String table : tables) {
                rows += check(store, table, findings);
            }
            findings.add(Finding.ok(
                    "memory",
                    "the producer remembers %,d rows: about %,d MB of heap"
                            .formatted(rows, RescanSettings.memoryBytes(rows) / MEGABYTE + 1)));
        } catch (FerryException e) {
            findings.add(Finding.error("connect", String.valueOf(e.getMessage()), e.remedy()));
        }
        return findings;
    }

    private static long check(LanceDbStore store, String table, List<Finding> findings) {
        try {
            Optional<OpenTable> found = store.open(table);
            if (found.isEmpty()) {
                findings.add(
                        Finding.warning(
                                "table",
                                table + " does not exist",
                                "It is replicated as soon as it is created. If it should exist, check its name and source.lancedb.uri."));
                return 0;
            }
            Dataset dataset = found.get().table().dataset();
            long rows = dataset.countRows();
            findings.add(Finding.ok(
                    "table",
                    "%s: %,d rows at version %d, key `%s`"
                            .formatted(
                                    table,
                                    rows,
                                    dataset.version(),
                                    found.get().key().column())));
            findings.add(checkKeys(found.get(), rows));
            for (Field column : dataset.getSchema().getFields()) {
                checkColumn(table, found.get().key().column(), column, findings);
            }
            return rows;
        } catch (FerryException e) {
            findings.add(Finding.error("table", String.valueOf(e.getMessage()), e.remedy()));
            return 0;
        }
    }

    private static Finding checkKeys(OpenTable open, long rows) {
        String table = open.key().table();
        String column = open.key().column();
        if (rows > MOST_COMPARED) {
            return Finding.ok("key", "%s: too many rows to compare their keys here".formatted(table));
        }
        Set<SourceKey> keys = new HashSet<>();
        ScanOptions options = new ScanOptions.Builder().columns(List.of(column)).build();
        TableScan.read(open.table(), options, batch -> {
            FieldVector values = batch.getVector(column);
            for (int row = 0; row < batch.getRowCount(); row++) {
                keys.add(open.key().of(values, row));
            }
        });
        return keys.size() == rows
                ? Finding.ok("key", "%s: each row has a key of its own".formatted(table))
                : Finding.warning(
                        "key",
                        "%s: %,d rows have a key that another row has: of each key, the first row is replicated, and the others are dead letters"
                                .formatted(table, rows - keys.size()),
                        "Remove the rows that are too many, or set source.lancedb.key to the column that identifies a row.");
    }

    private static void checkColumn(String table, String key, Field column, List<Finding> findings) {
        String name = ColumnNames.fieldOf(column);
        if (name.equals("id") && !key.equals("id")) {
            findings.add(Finding.warning(
                    "column",
                    "%s: column `id` has the name of a target's own column; the rows would become dead letters"
                            .formatted(table),
                    "Add to the pipeline: transform: [{rename: {id: original_id}}]"));
        }
    }

    SourcePlan plan() {
        List<CollectionPlan> plans = new ArrayList<>();
        try (LanceDbStore store = new LanceDbStore(config)) {
            for (String table : LanceDbStore.tables(config)) {
                store.open(table).ifPresent(found -> plans.add(plan(found)));
            }
        }
        return new SourcePlan(List.of(), plans);
    }

    private static CollectionPlan plan(OpenTable open) {
        Dataset dataset = open.table().dataset();
        List<String> fields = new ArrayList<>();
        List<PlannedVector> vectors = new ArrayList<>();
        for (Field column : dataset.getSchema().getFields()) {
            String name = ColumnNames.fieldOf(column);
            if (column.getName().equals(open.key().column()) || ColumnWidening.isTemporary(column.getName())) {
                continue;
            }
            if (StoredVectors.isVector(column)) {
                vectors.add(new PlannedVector(
                        name, ColumnTypes.element(column).name().toLowerCase(Locale.ROOT)));
            } else {
                fields.add(name);
            }
        }
        return new CollectionPlan(
                open.key().table(), dataset.countRows(), dataset.calculateDataSize(), vectors, fields);
    }
}
