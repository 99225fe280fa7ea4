package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.FragmentGroups;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.RowLookup;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.lance.ipc.ScanOptions;

/** Reads the newest version of a table by Lance's own scans; a table that is not there yet is empty. */
public final class LanceDbReader implements TargetReader {
    private static final int SCAN_BATCH_ROWS = 2_048;
    private static final long SCAN_BATCH_BYTES = 64L << 20;

    private final LanceTable table;
    private final LanceDbSearch searches;

    /** @param metric of searches in a table without an index */
    public LanceDbReader(String uri, LanceDbConfig config, BufferAllocator allocator, DistanceMetric metric) {
        this.table = new LanceTable(uri, config.storage(), allocator);
        this.searches = new LanceDbSearch(table, metric);
    }

    @Override
    public long count() {
        return present() ? table.dataset().countRows() : 0;
    }

    @Override
    public Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, Row> rows = new HashMap<>();
        fetch(ids, stored -> rows.put(stored.id(), stored.row()));
        return rows;
    }

    @Override
    public void fetch(Collection<TargetKey.Id> ids, Consumer<StoredRow> rows) {
        if (present()) {
            RowLookup.read(table, ColumnTypes.ID, ids, batchRows(), accepting(rows));
        }
    }

    @Override
    public void scan(Consumer<StoredRow> rows) {
        if (present()) {
            scan(scanOptions().build(), rows);
        }
    }

    /** Some fragments at a time; the mark names the files of those that are done. */
    @Override
    public void scan(String mark, Consumer<StoredRow> rows, Consumer<String> marks) {
        if (present()) {
            Consumer<VectorSchemaRoot> accepting = accepting(rows);
            FragmentGroups groups = FragmentGroups.of(table.dataset(), mark);
            groups.forEach(group -> {
                TableScan.read(table, scanOptions().fragmentIds(group).build(), accepting);
                marks.accept(groups.mark());
            });
        }
    }

    @Override
    public boolean continuesFrom(String mark) {
        return present() && FragmentGroups.stillHolds(table.dataset(), mark);
    }

    @Override
    public void scanIds(Consumer<TargetKey.Id> ids) {
        if (!present()) {
            return;
        }
        ScanOptions idColumn =
                new ScanOptions.Builder().columns(List.of(ColumnTypes.ID)).build();
        TableScan.read(table, idColumn, batch -> {
            StoredRows stored = new StoredRows(batch, Map.of());
            for (int i = 0; i < batch.getRowCount(); i++) {
                ids.accept(stored.id(i));
            }
        });
    }

    @Override
    public void searchBy(String vectorColumn) {
        searches.by(vectorColumn);
    }

    @Override
    public List<Hit> search(Vector query, int k) {
        return search(query, k, List.of());
    }

    @Override
    public List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        return present() ? searches.byIndex(query, k, conditions) : List.of();
    }

    @Override
    public Optional<List<Hit>> searchWithoutIndex(Vector query, int k, DistanceMetric metric) {
        return Optional.of(present() ? searches.rowByRow(query, k, metric) : List.of());
    }

    @Override
    public Optional<VectorIndex> vectorIndex() {
        return present() ? searches.index() : Optional.empty();
    }

    @Override
    public Optional<DistanceMetric> configuredMetric() {
        return Optional.of(searches.withoutIndex());
    }

    private boolean present() {
        table.close();
        return table.find().isPresent();
    }

    private ScanOptions.Builder scanOptions() {
        return new ScanOptions.Builder().batchSize(batchRows());
    }

    private int batchRows() {
        return Math.min(SCAN_BATCH_ROWS, TableScan.rowsWithin(table.dataset().getSchema(), SCAN_BATCH_BYTES));
    }

    private void scan(ScanOptions options, Consumer<StoredRow> rows) {
        TableScan.read(table, options, accepting(rows));
    }

    private Consumer<VectorSchemaRoot> accepting(Consumer<StoredRow> rows) {
        Map<String, String> configuration = table.dataset().getConfig();
        return batch -> {
            StoredRows stored = new StoredRows(batch, configuration);
            for (int i = 0; i < batch.getRowCount(); i++) {
                rows.accept(stored.row(i));
            }
        };
    }

    @Override
    public void close() {
        table.close();
    }
}
