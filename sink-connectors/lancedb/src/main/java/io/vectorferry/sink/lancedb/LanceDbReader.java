package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.FieldCondition;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorElement;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.VectorIndex;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.lance.index.DistanceType;
import org.lance.ipc.Query;
import org.lance.ipc.ScanOptions;

/** Reads the newest version of a table by Lance's own scans; a table that is not there yet is empty. */
final class LanceDbReader implements TargetReader {
    private static final String DISTANCE = "_distance";
    private static final String ROW_ID = "_rowid";
    private static final int IDS_PER_READ = 1_000;
    private static final long SCAN_BATCH_ROWS = 2_048;
    private static final int MIN_PROBES = 16;
    private static final int REFINE_FACTOR = 4;
    private static final int MIN_EF = 128;

    private final LanceTable table;
    private final LanceDbConfig config;

    LanceDbReader(String uri, LanceDbConfig config, BufferAllocator allocator) {
        this.table = new LanceTable(uri, config, allocator);
        this.config = config;
    }

    static DistanceType metric(LanceDbConfig config) {
        return switch (config.index().metric()) {
            case L2 -> DistanceType.L2;
            case COSINE -> DistanceType.Cosine;
            case DOT -> DistanceType.Dot;
        };
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
        if (!present()) {
            return;
        }
        List<TargetKey.Id> named = new ArrayList<>();
        Set<TargetKey.Id> unnamed = new HashSet<>();
        for (TargetKey.Id id : Set.copyOf(ids)) {
            if (!StoredIds.isOfKind(id, table.dataset())) {
                continue;
            }
            if (StoredIds.hasLiteral(id)) {
                named.add(id);
            } else {
                unnamed.add(id);
            }
        }
        for (List<TargetKey.Id> some : parts(named)) {
            scan(scanOptions().filter(StoredIds.filter(some)).build(), rows);
        }
        if (!unnamed.isEmpty()) {
            take(unnamed, rows);
        }
    }

    /** Looks through the column of the ids, then reads the rows by their place. */
    private void take(Set<TargetKey.Id> ids, Consumer<StoredRow> rows) {
        ScanOptions idColumn = new ScanOptions.Builder()
                .columns(List.of(ColumnTypes.ID))
                .withRowId(true)
                .build();
        List<Long> places = new ArrayList<>();
        read(idColumn, batch -> {
            StoredRows stored = new StoredRows(batch, 0);
            for (int i = 0; i < batch.getRowCount(); i++) {
                if (ids.contains(stored.id(i))) {
                    places.add(((UInt8Vector) batch.getVector(ROW_ID)).get(i));
                }
            }
        });
        List<String> columns = table.dataset().getSchema().getFields().stream()
                .map(Field::getName)
                .toList();
        for (List<Long> some : parts(places)) {
            lance(() -> TableScan.take(table.dataset(), some, columns, accepting(rows)));
        }
    }

    private static <T> List<List<T>> parts(List<T> all) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += IDS_PER_READ) {
            parts.add(all.subList(from, Math.min(all.size(), from + IDS_PER_READ)));
        }
        return parts;
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
                read(scanOptions().fragmentIds(group).build(), accepting);
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
        read(idColumn, batch -> {
            StoredRows stored = new StoredRows(batch, 0);
            for (int i = 0; i < batch.getRowCount(); i++) {
                ids.accept(stored.id(i));
            }
        });
    }

    @Override
    public List<Hit> search(Vector query, int k) {
        return search(query, k, List.of());
    }

    @Override
    public List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        return search(query, k, true, present() ? searchMetric() : metric(config), conditions);
    }

    @Override
    public Optional<List<Hit>> searchWithoutIndex(Vector query, int k, DistanceMetric metric) {
        return Optional.of(search(query, k, false, StoredVectorIndex.distance(metric), List.of()));
    }

    @Override
    public Optional<VectorIndex> vectorIndex() {
        return present() ? StoredVectorIndex.of(table.dataset()) : Optional.empty();
    }

    @Override
    public Optional<DistanceMetric> configuredMetric() {
        return Optional.of(StoredVectorIndex.metric(metric(config)));
    }

    private List<Hit> search(
            Vector query, int k, boolean useIndex, DistanceType metric, List<FieldCondition> conditions) {
        if (query.element() != VectorElement.FLOAT32) {
            throw FerryException.misconfigured(
                    "LanceDB is searched here by float32 vectors only, not " + query.element(), "");
        }
        List<Hit> hits = new ArrayList<>();
        if (!present()) {
            return hits;
        }
        Query nearest = new Query.Builder()
                .setColumn(vectorColumn())
                .setKey(floats(query))
                .setK(k)
                .setDistanceType(metric)
                .setUseIndex(useIndex)
                .setMinimumNprobes(MIN_PROBES)
                .setRefineFactor(REFINE_FACTOR)
                .setEf(Math.max(MIN_EF, 2 * k))
                .build();
        ScanOptions.Builder options = new ScanOptions.Builder()
                .columns(List.of(ColumnTypes.ID, DISTANCE))
                .nearest(nearest);
        if (!conditions.isEmpty()) {
            // Before the search: after it, fewer than k rows could be left.
            options.filter(SearchConditions.filter(conditions)).prefilter(true);
        }
        read(options.build(), batch -> {
            Float4Vector distances = (Float4Vector) batch.getVector(DISTANCE);
            StoredRows rows = new StoredRows(batch, 0);
            for (int i = 0; i < batch.getRowCount(); i++) {
                hits.add(new Hit(rows.id(i), distances.get(i)));
            }
        });
        return hits;
    }

    /** An index answers by the metric that it was built with, whatever the pipeline says now. */
    private DistanceType searchMetric() {
        return StoredVectorIndex.of(table.dataset())
                .flatMap(VectorIndex::metric)
                .map(StoredVectorIndex::distance)
                .orElse(metric(config));
    }

    private boolean present() {
        table.close();
        return table.find().isPresent();
    }

    private String vectorColumn() {
        return table.dataset().getSchema().getFields().stream()
                .filter(f -> f.getType() instanceof ArrowType.FixedSizeList)
                .map(Field::getName)
                .findFirst()
                .orElseThrow(() -> FerryException.misconfigured("table %s has no vectors".formatted(table.uri()), ""));
    }

    private static float[] floats(Vector query) {
        float[] floats = new float[query.dimension()];
        query.buffer().asFloatBuffer().get(floats);
        return floats;
    }

    private static ScanOptions.Builder scanOptions() {
        return new ScanOptions.Builder().batchSize(SCAN_BATCH_ROWS);
    }

    private void scan(ScanOptions options, Consumer<StoredRow> rows) {
        read(options, accepting(rows));
    }

    private Consumer<VectorSchemaRoot> accepting(Consumer<StoredRow> rows) {
        int dimension = Integer.parseInt(table.dataset().getConfig().getOrDefault(WriterClaim.DIMENSION_KEY, "0"));
        return batch -> {
            StoredRows stored = new StoredRows(batch, dimension);
            for (int i = 0; i < batch.getRowCount(); i++) {
                rows.accept(stored.row(i));
            }
        };
    }

    private void read(ScanOptions options, Consumer<VectorSchemaRoot> batches) {
        lance(() -> TableScan.read(table.dataset(), options, batches));
    }

    private void lance(Runnable reading) {
        try {
            NativeCall.unchecked(reading);
        } catch (FerryException e) {
            throw e;
        } catch (RuntimeException e) {
            throw LanceErrors.translate(e, "reading", table.uri());
        }
    }

    @Override
    public void close() {
        table.close();
    }
}
