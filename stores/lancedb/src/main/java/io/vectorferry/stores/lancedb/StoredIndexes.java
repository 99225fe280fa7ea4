package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.row.DistanceMetric;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lance.Dataset;
import org.lance.index.DistanceType;

/** The metrics of vector indexes according to Lance's own statistics; another program may have built the index. */
public final class StoredIndexes {
    private StoredIndexes() {}

    /** Returns the metric of the first vector index. */
    public static Optional<DistanceMetric> searchMetric(Dataset dataset) {
        return dataset.listIndexes().stream()
                .map(dataset::getIndexStatistics)
                .filter(statistics ->
                        String.valueOf(statistics.get("index_type")).startsWith("IVF"))
                .findFirst()
                .flatMap(StoredIndexes::metric);
    }

    /** Each part of an index, of which there is one for every time rows were added to it, has the metric. */
    public static Optional<DistanceMetric> metric(Map<String, Object> statistics) {
        if (statistics.get("indices") instanceof List<?> parts
                && !parts.isEmpty()
                && parts.getFirst() instanceof Map<?, ?> part) {
            return switch (String.valueOf(part.get("metric_type")).toLowerCase(Locale.ROOT)) {
                case "l2", "euclidean" -> Optional.of(DistanceMetric.L2);
                case "cosine" -> Optional.of(DistanceMetric.COSINE);
                case "dot" -> Optional.of(DistanceMetric.DOT);
                default -> Optional.empty();
            };
        }
        return Optional.empty();
    }

    public static DistanceType distance(DistanceMetric metric) {
        return switch (metric) {
            case L2 -> DistanceType.L2;
            case COSINE -> DistanceType.Cosine;
            case DOT -> DistanceType.Dot;
        };
    }
}
