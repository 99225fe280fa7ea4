package io.vectorferry.producer.postgres.config;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.contracts.config.TransformStep;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import io.vectorferry.stores.postgres.session.PostgresAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code source.postgres} of a pipeline.
 *
 * @param tables with that of the documents, if there is one, as the last
 * @param alterationPatience how long a table may be in a state in which it cannot be captured
 * @param filtered whether the pipeline has a filter or joins documents, so that not every row is for a target
 */
public record PostgresConfig(
        String pipeline,
        PostgresAddress address,
        List<Table> tables,
        Optional<DocumentTable> documents,
        String slot,
        String publication,
        Snapshot snapshot,
        Duration alterationPatience,
        boolean filtered) {

    /**
     * @param vectors the columns, in the order in which rows have them
     * @param fields empty: every other column
     * @param dimensions of vectors, by column; of others it is as the catalog or a sample of the rows says
     */
    public record Table(
            QualifiedName name,
            List<String> vectors,
            Optional<String> text,
            List<String> fields,
            Map<String, Integer> dimensions) {
        public Table {
            vectors = List.copyOf(vectors);
            fields = List.copyOf(fields);
            dimensions = Map.copyOf(dimensions);
        }

        public String collection() {
            return name.collection();
        }

        /** Returns the configured dimension of a vector; 0: none. */
        public int dimension(String vector) {
            return dimensions.getOrDefault(vector, 0);
        }

        /** The columns that are named, beside the key; empty: all are replicated. */
        public List<String> namedColumns() {
            List<String> names = new ArrayList<>(fields);
            if (!names.isEmpty()) {
                names.addAll(vectors);
                text.ifPresent(names::add);
            }
            return names;
        }
    }

    /** @param chunkBlocks blocks of 8 KB that one COPY reads: the unit of progress and of what a restart repeats */
    public record Snapshot(int parallelism, int chunkBlocks) {}

    private static final Duration DEFAULT_ALTERATION_PATIENCE = Duration.ofSeconds(20);
    private static final int MAX_NAME_BYTES = 63;
    private static final int MAX_DIMENSION = 1_000_000_000;
    private static final int DEFAULT_PARALLELISM = 2;
    private static final int MAX_PARALLELISM = 64;
    private static final int DEFAULT_CHUNK_BLOCKS = 256;
    private static final int MAX_CHUNK_BLOCKS = 131_072;

    public PostgresConfig {
        tables = List.copyOf(tables);
    }

    public static PostgresConfig from(PipelineConfig pipeline, Section section) {
        boolean filtered = pipeline.transform().stream().anyMatch(TransformStep.Filter.class::isInstance);
        // A vector that no document refers to is not for a target either.
        boolean joined = DocumentJoin.of(pipeline).isPresent();
        PostgresConfig config = from(pipeline.pipeline(), section, filtered || joined);
        if (joined && config.tables().stream().anyMatch(table -> table.vectors().size() > 1)) {
            section.problem("tables", "must name one vector: documents are joined with one");
        }
        return config;
    }

    public static PostgresConfig from(String pipeline, Section section, boolean filtered) {
        String name = ownName(pipeline);
        PostgresAddress address = PostgresAddress.from(section);
        List<Table> tables = tables(section);
        Optional<DocumentTable> documents =
                section.optionalSection("documents").map(found -> DocumentTable.from(found, tables));
        documents.ifPresent(found -> tables.add(found.table()));
        PostgresConfig config = new PostgresConfig(
                pipeline,
                address,
                tables,
                documents,
                identifier(section, "slot", name),
                identifier(section, "publication", name),
                snapshot(section),
                section.duration("alterationPatience", DEFAULT_ALTERATION_PATIENCE),
                filtered);
        section.done();
        return config;
    }

    /** Returns the connections, with the pipeline's name as their application name. */
    public Connections connections() {
        return new Connections(address, "vectorferry " + pipeline);
    }

    private static String ownName(String pipeline) {
        return "vectorferry_" + pipeline.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
    }

    public Table table(String collection) {
        return tables.stream()
                .filter(candidate -> candidate.collection().equals(collection))
                .findFirst()
                .orElseThrow();
    }

    private static List<Table> tables(Section section) {
        List<Table> tables = new ArrayList<>();
        Set<QualifiedName> seen = new HashSet<>();
        for (Section table : section.sections("tables")) {
            String text = table.text("name");
            Optional<QualifiedName> name = QualifiedName.parse(text);
            List<String> vectors = vectors(table);
            Optional<String> document = table.optionalText("text");
            List<String> fields = table.texts("fields");
            Map<String, Integer> dimensions = dimensions(table, vectors);
            if (name.isPresent() && seen.add(name.get())) {
                tables.add(new Table(name.get(), vectors, document, fields, dimensions));
            } else if (!text.isEmpty()) {
                table.problem("name", name.isPresent() ? "is named twice" : "must be schema.table");
            }
            table.done();
        }
        if (section.sections("tables").isEmpty()) {
            section.problem("tables", "at least one table is needed");
        }
        return tables;
    }

    private static List<String> vectors(Section table) {
        Optional<String> vector = table.optionalText("vector");
        List<String> vectors = table.texts("vectors");
        if (vector.isPresent() && !vectors.isEmpty()) {
            table.problem("vectors", "replaces vector: write one of the two");
        }
        if (Set.copyOf(vectors).size() < vectors.size()) {
            table.problem("vectors", "names a column twice");
        }
        return vectors.isEmpty() ? vector.stream().toList() : vectors;
    }

    private static Map<String, Integer> dimensions(Section table, List<String> vectors) {
        Map<String, Integer> dimensions = new HashMap<>();
        int dimension = table.integer("dimension", 0, 0, MAX_DIMENSION);
        if (dimension > 0 && vectors.size() > 1) {
            table.problem(
                    "dimension",
                    "is for one vector: write dimensions: {%s: %d}".formatted(vectors.getFirst(), dimension));
        } else if (dimension > 0) {
            vectors.forEach(vector -> dimensions.put(vector, dimension));
        }
        table.optionalSection("dimensions").ifPresent(section -> {
            vectors.forEach(vector -> dimensions.put(vector, section.integer(vector, 0, 0, MAX_DIMENSION)));
            section.done();
        });
        return dimensions;
    }

    private static String identifier(Section section, String key, String fallback) {
        String name = section.text(key, fallback.substring(0, Math.min(fallback.length(), MAX_NAME_BYTES)));
        if (!name.matches("[a-z0-9_]{1,63}")) {
            section.problem(key, "must be at most 63 of a-z, 0-9 and _");
        }
        return name;
    }

    private static Snapshot snapshot(Section section) {
        Section found = section.sectionOrEmpty("snapshot");
        Snapshot snapshot = new Snapshot(
                found.integer("parallelism", DEFAULT_PARALLELISM, 1, MAX_PARALLELISM),
                found.integer("chunkBlocks", DEFAULT_CHUNK_BLOCKS, 1, MAX_CHUNK_BLOCKS));
        found.done();
        return snapshot;
    }
}
