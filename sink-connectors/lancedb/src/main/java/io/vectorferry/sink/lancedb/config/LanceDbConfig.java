package io.vectorferry.sink.lancedb.config;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.row.DistanceMetric;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code lancedb:} section of a target.
 *
 * @param uri the database: a directory, relative to the working directory, or an object store's address
 * @param storage options of the object store, as LanceDB names them
 * @param table may hold {@code ${collection}}
 * @param vector of a row with several, the one that the table has; empty: all of them
 * @param dataStorageVersion the file format of new tables; every LanceDB of the last year reads 2.1
 */
public record LanceDbConfig(
        String uri,
        Map<String, String> storage,
        String table,
        Optional<String> vector,
        String dataStorageVersion,
        IndexConfig index) {
    public static final String COLLECTION = "${collection}";
    public static final String TABLE_SUFFIX = ".lance";
    static final String DEFAULT_STORAGE_VERSION = "2.1";
    private static final int DEFAULT_INDEX_MIN_ROWS = 10_000;
    private static final int LEAST_INDEX_MIN_ROWS = 256;

    public enum IndexKind {
        AUTO,
        IVF_FLAT,
        IVF_SQ,
        IVF_PQ,
        IVF_HNSW_SQ,
        NONE
    }

    public enum Metric {
        L2,
        COSINE,
        DOT;

        public DistanceMetric distance() {
            return switch (this) {
                case L2 -> DistanceMetric.L2;
                case COSINE -> DistanceMetric.COSINE;
                case DOT -> DistanceMetric.DOT;
            };
        }
    }

    /**
     * @param metric empty: the one by which the source itself searches
     * @param minRows with fewer no index is built; empty: as {@link #minRows(VectorIndexSpec)} decides
     */
    public record IndexConfig(IndexKind kind, Optional<Metric> metric, Optional<Integer> minRows) {
        static IndexConfig defaults() {
            return new IndexConfig(IndexKind.AUTO, Optional.empty(), Optional.empty());
        }

        /**
         * A client that sets no option takes the index's metric, and L2 where there is no index: for another metric even one row
         * needs it. For L2 a search reads some thousand rows faster than an index is worth.
         */
        public int minRows(VectorIndexSpec wanted) {
            boolean tellsMetric = wanted.kind() == IndexKind.IVF_FLAT && wanted.metric() != DistanceMetric.L2;
            return minRows.orElse(tellsMetric ? 1 : DEFAULT_INDEX_MIN_ROWS);
        }

        /**
         * Returns the configured metric, or else the source's, or else the one that LanceDB's clients use without an
         * index.
         */
        public DistanceMetric metric(Optional<DistanceMetric> searchedBy) {
            return metric.map(Metric::distance).or(() -> searchedBy).orElse(DistanceMetric.L2);
        }
    }

    public LanceDbConfig {
        storage = Map.copyOf(storage);
    }

    public static LanceDbConfig of(String uri, String table) {
        return new LanceDbConfig(
                uri, Map.of(), table, Optional.empty(), DEFAULT_STORAGE_VERSION, IndexConfig.defaults());
    }

    public LanceDbConfig withIndex(IndexConfig other) {
        return new LanceDbConfig(uri, storage, table, vector, dataStorageVersion, other);
    }

    public static LanceDbConfig from(Section section) {
        String version = section.text("dataStorageVersion", DEFAULT_STORAGE_VERSION);
        if (!version.matches("2\\.[0-2]")) {
            section.problem("dataStorageVersion", "must be 2.0, 2.1 or 2.2");
        }
        LanceDbConfig config = new LanceDbConfig(
                section.text("uri"),
                section.optionalSection("storage")
                        .map(s -> (Map<String, String>) new LinkedHashMap<>(s.rest()))
                        .orElse(Map.of()),
                section.text("table", COLLECTION),
                section.optionalText("vector"),
                version,
                index(section.sectionOrEmpty("index")));
        section.done();
        return config;
    }

    private static IndexConfig index(Section section) {
        IndexConfig index = new IndexConfig(
                kind(section),
                section.has("metric")
                        ? Optional.of(section.choice("metric", Metric.class, Metric.L2))
                        : Optional.empty(),
                section.has("minRows")
                        ? Optional.of(section.integer(
                                "minRows", DEFAULT_INDEX_MIN_ROWS, LEAST_INDEX_MIN_ROWS, Integer.MAX_VALUE))
                        : Optional.empty());
        section.done();
        return index;
    }

    private static IndexKind kind(Section section) {
        String text = section.text("type", "auto");
        for (IndexKind kind : IndexKind.values()) {
            if (kind.name().equalsIgnoreCase(text.replace('-', '_'))) {
                return kind;
            }
        }
        section.problem("type", "must be one of auto, ivf_flat, ivf_sq, ivf_pq, ivf_hnsw_sq, none");
        return IndexKind.AUTO;
    }

    /** The table that a source's collection goes to. */
    public String tableOf(String collection) {
        String plain = collection.startsWith("public.") ? collection.substring("public.".length()) : collection;
        return table.replace(COLLECTION, plain.replaceAll("[^A-Za-z0-9_.-]", "_"));
    }

    public String tableUri(String collection) {
        return (uri.endsWith("/") ? uri : uri + "/") + tableOf(collection) + TABLE_SUFFIX;
    }

    public boolean local() {
        return !uri.contains("://");
    }
}
