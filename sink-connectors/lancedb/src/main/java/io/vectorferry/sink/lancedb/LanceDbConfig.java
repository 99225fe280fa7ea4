package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.config.Section;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The {@code lancedb:} section of a target.
 *
 * @param uri the database: a directory, relative to the working directory, or an object store's address
 * @param storage options of the object store, as LanceDB names them
 * @param table may hold {@code ${collection}}
 * @param dataStorageVersion the file format of new tables; every LanceDB of the last year reads 2.1
 */
public record LanceDbConfig(
        String uri, Map<String, String> storage, String table, String dataStorageVersion, IndexConfig index) {
    static final String COLLECTION = "${collection}";
    static final String DEFAULT_STORAGE_VERSION = "2.1";
    private static final int DEFAULT_INDEX_MIN_ROWS = 10_000;

    public enum IndexKind {
        AUTO,
        IVF_HNSW_SQ,
        IVF_PQ,
        NONE
    }

    public enum Metric {
        L2,
        COSINE,
        DOT
    }

    /** @param minRows with fewer, a search reads the whole table faster than an index is worth */
    public record IndexConfig(IndexKind kind, Metric metric, int minRows) {
        static IndexConfig defaults() {
            return new IndexConfig(IndexKind.AUTO, Metric.L2, DEFAULT_INDEX_MIN_ROWS);
        }
    }

    public LanceDbConfig {
        storage = Map.copyOf(storage);
    }

    public static LanceDbConfig of(String uri, String table) {
        return new LanceDbConfig(uri, Map.of(), table, DEFAULT_STORAGE_VERSION, IndexConfig.defaults());
    }

    public LanceDbConfig withIndex(IndexConfig other) {
        return new LanceDbConfig(uri, storage, table, dataStorageVersion, other);
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
                version,
                index(section.sectionOrEmpty("index")));
        section.done();
        return config;
    }

    private static IndexConfig index(Section section) {
        IndexConfig defaults = IndexConfig.defaults();
        IndexConfig index = new IndexConfig(
                kind(section),
                section.choice("metric", Metric.class, defaults.metric()),
                section.integer("minRows", defaults.minRows(), 256, Integer.MAX_VALUE));
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
        section.problem("type", "must be one of auto, ivf_hnsw_sq, ivf_pq, none");
        return IndexKind.AUTO;
    }

    /** The table that a source's collection goes to. */
    String tableOf(String collection) {
        String plain = collection.startsWith("public.") ? collection.substring("public.".length()) : collection;
        return table.replace(COLLECTION, plain.replaceAll("[^A-Za-z0-9_.-]", "_"));
    }

    String tableUri(String collection) {
        return (uri.endsWith("/") ? uri : uri + "/") + tableOf(collection) + ".lance";
    }

    boolean local() {
        return !uri.contains("://");
    }
}
