package io.vectorferry.sink.lancedb.config;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.lancedb.StoredIndexes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lance.Dataset;
import org.lance.index.DistanceType;
import org.lance.index.Index;
import org.lance.schema.LanceField;

/** A table's vector index according to Lance's own statistics; another program may have built it. */
public final class StoredVectorIndex {
    private StoredVectorIndex() {}

    /** Returns the first one of a column. */
    public static Optional<VectorIndex> of(Dataset dataset, String column) {
        Set<Integer> ids = dataset.getLanceSchema().fields().stream()
                .filter(field -> field.getName().equals(column))
                .map(LanceField::getId)
                .collect(Collectors.toSet());
        return dataset.getIndexes().stream()
                .filter(index -> ids.containsAll(index.fields()))
                .map(Index::name)
                .distinct()
                .map(name -> read(dataset, name))
                .filter(index -> index.type().startsWith("IVF"))
                .findFirst();
    }

    public static Optional<VectorIndex> named(Dataset dataset, String name) {
        return dataset.listIndexes().contains(name) ? Optional.of(read(dataset, name)) : Optional.empty();
    }

    private static VectorIndex read(Dataset dataset, String name) {
        Map<String, Object> statistics = dataset.getIndexStatistics(name);
        return new VectorIndex(
                String.valueOf(statistics.get("index_type")), StoredIndexes.metric(statistics), unindexed(statistics));
    }

    private static long unindexed(Map<String, Object> statistics) {
        return statistics.get("num_unindexed_rows") instanceof Number rows ? rows.longValue() : 0;
    }

    public static DistanceType distance(DistanceMetric metric) {
        return StoredIndexes.distance(metric);
    }

    public static DistanceMetric metric(DistanceType type) {
        return switch (type) {
            case L2 -> DistanceMetric.L2;
            case Cosine -> DistanceMetric.COSINE;
            case Dot -> DistanceMetric.DOT;
            case Hamming -> throw new IllegalArgumentException("the pipeline does not support Hamming distance");
        };
    }
}
