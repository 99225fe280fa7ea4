package io.vectorferry.producer.postgres.config;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.stores.postgres.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code source.postgres.documents}: the table whose rows refer to the vectors of the one other table.
 *
 * @param table read like any other; the column of its references is among its fields
 */
public record DocumentTable(PostgresConfig.Table table, DocumentJoin join, References references) {

    /**
     * How {@code ferry references rewrite} notes what it does.
     *
     * @param mappings the table, in the documents' schema
     * @param dataset a column of the documents that each note repeats
     */
    public record References(QualifiedName mappings, Optional<String> dataset) {}

    /** @param vectors what {@code tables} names */
    public static DocumentTable from(Section section, List<PostgresConfig.Table> vectors) {
        DocumentJoin join = DocumentJoin.ofTable(section);
        QualifiedName name = QualifiedName.parse(join.collection()).orElse(new QualifiedName("", ""));
        List<String> fields = section.texts("fields");
        if (!join.collection().isEmpty() && !name.collection().equals(join.collection())) {
            section.problem("table", "must be schema.table as in the catalog");
        }
        if (vectors.size() != 1) {
            section.problem("table", "requires exactly one of source.postgres.tables, which has the vectors");
        } else if (vectors.getFirst().name().equals(name)) {
            section.problem("table", "must not be the table of the vectors");
        }
        References references = new References(
                new QualifiedName(name.schema(), section.text("mappings", "vector_id_mappings")),
                section.optionalText("dataset"));
        section.done();
        return new DocumentTable(
                new PostgresConfig.Table(
                        name, List.of(), Optional.empty(), withReferences(fields, join.references()), Map.of()),
                join,
                references);
    }

    private static List<String> withReferences(List<String> fields, String references) {
        if (fields.isEmpty() || fields.contains(references)) {
            return fields;
        }
        List<String> all = new ArrayList<>(fields);
        all.add(references);
        return all;
    }
}
