package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.lancedb.config.StoredVectorIndex;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.LanceTable;
import io.vectorferry.stores.lancedb.TableScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.lance.index.DistanceType;
import org.lance.ipc.Query;
import org.lance.ipc.ScanOptions;

/** Searches a table that is there, by float32 vectors. */
final class LanceDbSearch {
    private static final String DISTANCE = "_distance";
    /** The default of LanceDB's clients, which do not refine. */
    private static final int PROBES = 20;

    private final LanceTable table;
    private final DistanceMetric withoutIndex;
    private @Nullable String vector;

    /** @param withoutIndex the metric for a table without an index */
    LanceDbSearch(LanceTable table, DistanceMetric withoutIndex) {
        this.table = table;
        this.withoutIndex = withoutIndex;
    }

    /** Chooses the vector of the searches that follow, by its name in the rows. */
    void by(String chosen) {
        vector = chosen;
    }

    /** Returns the index of the vector that is searched. */
    Optional<VectorIndex> index() {
        return searched().flatMap(column -> StoredVectorIndex.of(table.dataset(), column));
    }

    DistanceMetric withoutIndex() {
        return withoutIndex;
    }

    /** @param conditions which every hit fulfils */
    List<Hit> byIndex(Vector query, int k, List<FieldCondition> conditions) {
        return search(nearest(query, k, indexedMetric()).setUseIndex(true).build(), conditions);
    }

    List<Hit> rowByRow(Vector query, int k, DistanceMetric metric) {
        DistanceType distance = StoredVectorIndex.distance(metric);
        return search(nearest(query, k, distance).setUseIndex(false).build(), List.of());
    }

    private Query.Builder nearest(Vector query, int k, DistanceType metric) {
        if (query.element() != VectorElement.FLOAT32) {
            throw FerryException.misconfigured(
                    "LanceDB can be searched only by float32 vectors here, not " + query.element(), "");
        }
        return new Query.Builder()
                .setColumn(vectorColumn())
                .setKey(floats(query))
                .setK(k)
                .setDistanceType(metric)
                .setNprobes(PROBES);
    }

    private List<Hit> search(Query nearest, List<FieldCondition> conditions) {
        ScanOptions.Builder options = new ScanOptions.Builder()
                .columns(List.of(ColumnTypes.ID, DISTANCE))
                .nearest(nearest);
        if (!conditions.isEmpty()) {
            // Before the search: after it, fewer than k rows could be left.
            options.filter(SearchConditions.filter(
                            conditions, ColumnNames.in(table.dataset().getSchema())))
                    .prefilter(true);
        }
        List<Hit> hits = new ArrayList<>();
        TableScan.read(table, options.build(), batch -> {
            Float4Vector distances = (Float4Vector) batch.getVector(DISTANCE);
            StoredRows rows = new StoredRows(batch, Map.of());
            for (int i = 0; i < batch.getRowCount(); i++) {
                hits.add(new Hit(rows.id(i), distances.get(i)));
            }
        });
        return hits;
    }

    /** An index answers by the metric that it was built with, whatever the pipeline says now. */
    private DistanceType indexedMetric() {
        return StoredVectorIndex.distance(index().flatMap(VectorIndex::metric).orElse(withoutIndex));
    }

    private String vectorColumn() {
        return searched()
                .orElseThrow(() -> FerryException.misconfigured(
                        vector == null
                                ? "table %s has no vectors".formatted(table.uri())
                                : "table %s has no dense vector %s".formatted(table.uri(), vector),
                        ""));
    }

    private Optional<String> searched() {
        return table.dataset().getSchema().getFields().stream()
                .filter(f -> f.getType() instanceof ArrowType.FixedSizeList)
                .filter(f -> vector == null || ColumnNames.fieldOf(f).equals(vector))
                .map(Field::getName)
                .findFirst();
    }

    private static float[] floats(Vector query) {
        float[] floats = new float[query.dimension()];
        query.buffer().asFloatBuffer().get(floats);
        return floats;
    }
}
