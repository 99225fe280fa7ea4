package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.producer.lancedb.LanceDbStore.OpenTable;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import io.vectorferry.stores.lancedb.FragmentGroups;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.NativeCall;
import io.vectorferry.stores.lancedb.RowLookup;
import io.vectorferry.stores.lancedb.StoredIndexes;
import io.vectorferry.stores.lancedb.StoredVectors;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.lance.Dataset;
import org.lance.ipc.Query;
import org.lance.ipc.ScanOptions;

/** Reads tables at one version each: every call opens the newest one, and what it reads is of one point in time. */
final class LanceDbSourceReader implements SourceReader {
    private static final int BATCH_ROWS = 2_048;
    private static final long BATCH_BYTES = 64L << 20;

    /** The default of LanceDB's clients. */
    private static final int PROBES = 20;

    private final LanceDbSourceConfig config;

    LanceDbSourceReader(LanceDbSourceConfig config) {
        this.config = config;
    }

    private <T> T with(String table, Function<OpenTable, T> work) {
        try (LanceDbStore store = new LanceDbStore(config)) {
            return work.apply(store.open(table)
                    .orElseThrow(() -> FerryException.misconfigured(
                            "there is no table " + table, "ferry doctor lists those that exist.")));
        }
    }

    private static int batchRows(LanceTable table) {
        return Math.min(BATCH_ROWS, TableScan.rowsWithin(table.dataset().getSchema(), BATCH_BYTES));
    }

    private static Consumer<VectorSchemaRoot> accepting(OpenTable open, Consumer<SourceRow> rows) {
        Map<String, String> configuration = open.table().dataset().getConfig();
        return batch -> new TableRows(open.key(), batch, configuration).all().forEach(rows);
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        scan(collection, "", rows, mark -> {});
    }

    /** Some fragments at a time; the mark names the files of those that are done. */
    @Override
    public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        with(collection, open -> {
            LanceTable table = open.table();
            Consumer<VectorSchemaRoot> accepting = accepting(open, rows);
            FragmentGroups groups = FragmentGroups.of(table.dataset(), mark);
            groups.forEach(group -> {
                ScanOptions options = new ScanOptions.Builder()
                        .batchSize(batchRows(table))
                        .fragmentIds(group)
                        .build();
                TableScan.read(table, options, accepting);
                marks.accept(groups.mark());
            });
            return true;
        });
    }

    @Override
    public boolean continuesFrom(String collection, String mark) {
        return with(collection, open -> FragmentGroups.stillHolds(open.table().dataset(), mark));
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        return with(collection, open -> {
            List<TargetKey.Id> ids = keys.stream()
                    .flatMap(key -> open.key().idOf(key).stream())
                    .distinct()
                    .toList();
            List<SourceRow> rows = new ArrayList<>();
            RowLookup.read(open.table(), open.key().column(), ids, batchRows(open.table()), accepting(open, rows::add));
            return rows;
        });
    }

    @Override
    public RowBlocks blocks(String collection) {
        return new Blocks(collection);
    }

    /** The version of the first call: each block is read by its place in it. */
    private final class Blocks implements RowBlocks {
        private final String collection;
        private @Nullable Long version;
        private long read;

        Blocks(String collection) {
            this.collection = collection;
        }

        @Override
        public List<SourceRow> next(int rows) {
            return with(collection, open -> {
                List<SourceRow> block = new ArrayList<>();
                long wanted = version == null ? open.table().dataset().version() : version;
                version = wanted;
                ScanOptions options = new ScanOptions.Builder()
                        .batchSize(Math.min(rows, batchRows(open.table())))
                        .limit(rows)
                        .offset(read)
                        .build();
                try (Dataset then =
                        NativeCall.unchecked(() -> open.table().dataset().checkoutVersion(wanted))) {
                    NativeCall.unchecked(() -> TableScan.read(then, options, accepting(open, block::add)));
                }
                read += block.size();
                return block;
            });
        }
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return with(collection, open -> StoredIndexes.searchMetric(open.table().dataset()));
    }

    @Override
    public Optional<SourceSearch> search(String collection) {
        return with(collection, open -> open.table().dataset().getSchema().getFields().stream()
                        .filter(StoredVectors::isFloat32)
                        .map(Field::getName)
                        .findFirst())
                .map(column -> new TableSearch(collection, column));
    }

    private final class TableSearch implements SourceSearch {
        private final String collection;
        private final String column;

        TableSearch(String collection, String column) {
            this.collection = collection;
            this.column = column;
        }

        @Override
        public List<SourceRow> nearest(Vector query, int k, DistanceMetric metric) {
            if (query.element() != VectorElement.FLOAT32) {
                throw FerryException.misconfigured(
                        "LanceDB can be searched only by float32 vectors here, not " + query.element(), "");
            }
            float[] floats = new float[query.dimension()];
            query.buffer().asFloatBuffer().get(floats);
            return with(collection, open -> {
                List<SourceRow> hits = new ArrayList<>();
                ScanOptions options = new ScanOptions.Builder()
                        .nearest(new Query.Builder()
                                .setColumn(column)
                                .setKey(floats)
                                .setK(k)
                                .setDistanceType(StoredIndexes.distance(metric))
                                .setNprobes(PROBES)
                                .setUseIndex(true)
                                .build())
                        .build();
                TableScan.read(open.table(), options, accepting(open, hits::add));
                return hits;
            });
        }

        @Override
        public void close() {
            // Each search opens the table.
        }
    }
}
