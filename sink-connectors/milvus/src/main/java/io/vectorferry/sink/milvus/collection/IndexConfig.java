package io.vectorferry.sink.milvus.collection;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.VectorElement;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The vector index of a collection that is made.
 *
 * @param kind of the vectors that it fits; of others, or empty: FLAT for dense vectors, which overlooks nothing; the kind's own
 *     for binary and sparse ones
 * @param metric of the vectors that it fits; of others, or empty: the source's own for dense vectors, or COSINE; HAMMING for binary, IP for sparse ones
 * @param neighbours M of HNSW
 * @param clusters nlist of the IVF kinds
 */
public record IndexConfig(
        Optional<IndexKind> kind, Optional<Metric> metric, int neighbours, int efConstruction, int clusters) {
    static final int DEFAULT_NEIGHBOURS = 16;
    static final int DEFAULT_EF_CONSTRUCTION = 256;
    static final int DEFAULT_CLUSTERS = 1_024;

    public enum IndexKind {
        HNSW,
        AUTOINDEX,
        FLAT,
        IVF_FLAT,
        IVF_SQ8,
        DISKANN,
        BIN_FLAT,
        BIN_IVF_FLAT,
        SPARSE_INVERTED_INDEX;

        public boolean fits(VectorElement element) {
            return switch (this) {
                case HNSW, FLAT, IVF_FLAT, IVF_SQ8, DISKANN ->
                    element != VectorElement.BINARY && element != VectorElement.SPARSE;
                case BIN_FLAT, BIN_IVF_FLAT -> element == VectorElement.BINARY;
                case SPARSE_INVERTED_INDEX -> element == VectorElement.SPARSE;
                case AUTOINDEX -> true;
            };
        }
    }

    public enum Metric {
        COSINE,
        L2,
        IP,
        HAMMING,
        JACCARD;

        public boolean fits(VectorElement element) {
            return switch (this) {
                case COSINE, L2 -> element != VectorElement.BINARY && element != VectorElement.SPARSE;
                case IP -> element != VectorElement.BINARY;
                case HAMMING, JACCARD -> element == VectorElement.BINARY;
            };
        }

        public static Metric of(DistanceMetric distance) {
            return switch (distance) {
                case COSINE -> COSINE;
                case L2 -> L2;
                case DOT -> IP;
            };
        }

        /** Empty for those of binary vectors. */
        public Optional<DistanceMetric> distance() {
            return switch (this) {
                case COSINE -> Optional.of(DistanceMetric.COSINE);
                case L2 -> Optional.of(DistanceMetric.L2);
                case IP -> Optional.of(DistanceMetric.DOT);
                case HAMMING, JACCARD -> Optional.empty();
            };
        }
    }

    static IndexConfig defaults() {
        return new IndexConfig(
                Optional.empty(), Optional.empty(), DEFAULT_NEIGHBOURS, DEFAULT_EF_CONSTRUCTION, DEFAULT_CLUSTERS);
    }

    public static IndexConfig from(Section section) {
        IndexConfig index = new IndexConfig(
                choice(section, "type", IndexKind.values()),
                choice(section, "metric", Metric.values()),
                section.integer("M", DEFAULT_NEIGHBOURS, 2, 2_048),
                section.integer("efConstruction", DEFAULT_EF_CONSTRUCTION, 1, 100_000),
                section.integer("nlist", DEFAULT_CLUSTERS, 1, 65_536));
        section.done();
        return index;
    }

    /** Milvus writes these names in capitals, its users in either. */
    private static <E extends Enum<E>> Optional<E> choice(Section section, String key, E[] values) {
        Optional<String> text = section.optionalText(key);
        Optional<E> found = text.flatMap(t ->
                Arrays.stream(values).filter(v -> v.name().equalsIgnoreCase(t)).findFirst());
        if (text.isPresent() && found.isEmpty()) {
            section.problem(
                    key,
                    "must be one of " + Arrays.stream(values).map(Enum::name).collect(Collectors.joining(", ")));
        }
        return found;
    }

    IndexKind kindFor(VectorElement element) {
        return kind.filter(configured -> configured.fits(element))
                .orElse(
                        switch (element) {
                            case FLOAT32, FLOAT16, BFLOAT16, INT8 -> IndexKind.FLAT;
                            case BINARY -> IndexKind.BIN_FLAT;
                            case SPARSE -> IndexKind.SPARSE_INVERTED_INDEX;
                        });
    }

    /** @param searchedBy how the source itself searches dense vectors */
    Metric metricFor(VectorElement element, Optional<DistanceMetric> searchedBy) {
        return metric.filter(configured -> configured.fits(element)).orElseGet(() -> switch (element) {
            case FLOAT32, FLOAT16, BFLOAT16, INT8 -> searchedBy.map(Metric::of).orElse(Metric.COSINE);
            case BINARY -> Metric.HAMMING;
            case SPARSE -> Metric.IP;
        });
    }

    /** Returns the setting that fits none of the vectors; empty if each fits one. */
    Optional<String> misfit(Collection<VectorElement> elements) {
        if (kind.filter(configured -> elements.stream().noneMatch(configured::fits))
                .isPresent()) {
            return Optional.of("type: " + kind.get());
        }
        return metric.filter(configured -> elements.stream().noneMatch(configured::fits))
                .map(configured -> "metric: " + configured);
    }

    /** Returns the parameters as a JSON object, as the server expects them. */
    String parametersFor(VectorElement element) {
        return switch (kindFor(element)) {
            case HNSW -> "{\"M\":%d,\"efConstruction\":%d}".formatted(neighbours, efConstruction);
            case IVF_FLAT, IVF_SQ8, BIN_IVF_FLAT -> "{\"nlist\":%d}".formatted(clusters);
            case AUTOINDEX, FLAT, DISKANN, BIN_FLAT, SPARSE_INVERTED_INDEX -> "{}";
        };
    }
}
