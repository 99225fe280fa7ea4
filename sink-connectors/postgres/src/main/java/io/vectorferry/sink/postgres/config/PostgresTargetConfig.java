package io.vectorferry.sink.postgres.config;

import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.PostgresAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code postgres:} section of a target.
 *
 * @param table may hold {@code ${collection}}
 * @param indexes of payload columns, by the column's name
 */
public record PostgresTargetConfig(
        PostgresAddress address, String table, IndexConfig index, Map<String, ColumnIndex> indexes) {
    public static final String COLLECTION = "${collection}";
    private static final String PUBLIC = "public.";
    private static final int DEFAULT_M = 16;
    private static final int MAX_M = 100;
    private static final int DEFAULT_EF_CONSTRUCTION = 64;
    private static final int MAX_EF_CONSTRUCTION = 1_000;
    private static final int MAX_LISTS = 32_768;

    public enum IndexType {
        HNSW,
        IVFFLAT,
        NONE
    }

    public enum Metric {
        L2,
        COSINE,
        IP;

        public DistanceMetric distance() {
            return switch (this) {
                case L2 -> DistanceMetric.L2;
                case COSINE -> DistanceMetric.COSINE;
                case IP -> DistanceMetric.DOT;
            };
        }
    }

    /** An access method of PostgreSQL for an index of a payload column. */
    public enum ColumnIndex {
        BTREE,
        GIN
    }

    /**
     * @param metric empty: the one by which the source itself searches
     * @param lists of an IVFFlat index; 0: by the number of rows
     */
    public record IndexConfig(IndexType type, Optional<Metric> metric, int m, int efConstruction, int lists) {
        public static IndexConfig defaults() {
            return new IndexConfig(IndexType.HNSW, Optional.empty(), DEFAULT_M, DEFAULT_EF_CONSTRUCTION, 0);
        }

        /** Returns the configured metric, or else the source's, or else that of pgvector's default operator class. */
        public DistanceMetric metric(Optional<DistanceMetric> searchedBy) {
            return metric.map(Metric::distance).or(() -> searchedBy).orElse(DistanceMetric.L2);
        }
    }

    public PostgresTargetConfig {
        indexes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(indexes));
    }

    public static PostgresTargetConfig of(PostgresAddress address, String table) {
        return new PostgresTargetConfig(address, table, IndexConfig.defaults(), Map.of());
    }

    public PostgresTargetConfig withIndex(IndexConfig other) {
        return new PostgresTargetConfig(address, table, other, indexes);
    }

    public PostgresTargetConfig withIndexes(Map<String, ColumnIndex> others) {
        return new PostgresTargetConfig(address, table, index, others);
    }

    public static PostgresTargetConfig from(Section section) {
        PostgresAddress address = PostgresAddress.from(section);
        String table = section.text("table", COLLECTION);
        if (QualifiedName.parse(table.replace(COLLECTION, "x")).isEmpty()) {
            section.problem("table", "must be a table or schema.table, such as public.${collection}");
        }
        PostgresTargetConfig config = new PostgresTargetConfig(
                address, table, index(section.sectionOrEmpty("index")), indexes(section.sectionOrEmpty("indexes")));
        section.done();
        return config;
    }

    private static IndexConfig index(Section section) {
        IndexConfig index = new IndexConfig(
                section.choice("type", IndexType.class, IndexType.HNSW),
                section.has("metric")
                        ? Optional.of(section.choice("metric", Metric.class, Metric.L2))
                        : Optional.empty(),
                section.integer("m", DEFAULT_M, 2, MAX_M),
                section.integer("efConstruction", DEFAULT_EF_CONSTRUCTION, 4, MAX_EF_CONSTRUCTION),
                section.has("lists") ? section.integer("lists", 1, 1, MAX_LISTS) : 0);
        if (index.efConstruction() < 2 * index.m()) {
            section.problem("efConstruction", "must be at least twice m");
        }
        section.done();
        return index;
    }

    private static Map<String, ColumnIndex> indexes(Section section) {
        Map<String, ColumnIndex> indexes = new LinkedHashMap<>();
        section.rest().forEach((column, method) -> {
            switch (method.toLowerCase(Locale.ROOT)) {
                case "btree" -> indexes.put(column, ColumnIndex.BTREE);
                case "gin" -> indexes.put(column, ColumnIndex.GIN);
                default -> section.problem(column, "must be btree or gin");
            }
        });
        return indexes;
    }

    /** The table that a source's collection goes to. */
    public QualifiedName tableOf(String collection) {
        String plain = collection.startsWith(PUBLIC) ? collection.substring(PUBLIC.length()) : collection;
        Optional<QualifiedName> whole = table.equals(COLLECTION) ? QualifiedName.parse(plain) : Optional.empty();
        return whole.or(() -> QualifiedName.parse(table.replace(COLLECTION, plain.replaceAll("[.\"]", "_"))))
                .orElseGet(() -> new QualifiedName("public", plain));
    }
}
