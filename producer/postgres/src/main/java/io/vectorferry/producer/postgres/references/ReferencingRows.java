package io.vectorferry.producer.postgres.references;

import io.vectorferry.producer.postgres.access.DocumentTable;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads documents with their references, and sets references; within the caller's transaction. */
public final class ReferencingRows {
    /** Without it ORDER BY would mean the column as text that is selected, which has the same name. */
    private static final String TABLE = "d";

    private final TableShape shape;
    private final TableShape.Column column;
    private final Optional<String> dataset;
    private final String key;

    ReferencingRows(DocumentTable documents, TableShape shape) {
        this.shape = shape;
        this.column = shape.column(documents.join().references()).orElseThrow();
        this.dataset = documents.references().dataset();
        this.key = shape.key().stream()
                .map(part -> TABLE + "." + QualifiedName.quoted(part.name()))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    TableShape.Column column() {
        return column;
    }

    /** In the key's order. */
    public List<ReferencingRow> page(Connection connection, Optional<List<String>> after, int size)
            throws SQLException {
        String sql = "%s %s ORDER BY %s LIMIT %d"
                .formatted(
                        select(),
                        after.map(last -> "WHERE %s > %s".formatted(key, parameters()))
                                .orElse(""),
                        key.substring(1, key.length() - 1),
                        size);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (after.isPresent()) {
                setKey(statement, 1, after.get());
            }
            return read(statement);
        }
    }

    /** Those that are still there, locked until the transaction ends: nobody edits them meanwhile. */
    public List<ReferencingRow> locked(Connection connection, Collection<List<String>> keys) throws SQLException {
        String sql = "%s WHERE %s IN (%s) ORDER BY %s FOR UPDATE"
                .formatted(
                        select(),
                        key,
                        String.join(", ", Collections.nCopies(keys.size(), parameters())),
                        key.substring(1, key.length() - 1));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int next = 1;
            for (List<String> one : keys) {
                next = setKey(statement, next, one);
            }
            return read(statement);
        }
    }

    public void set(Connection connection, List<ReferencingRow> rows) throws SQLException {
        String value = isList() ? "?::text[]::%s" : "(?::text[])[1]::%s";
        String sql = "UPDATE %s AS %s SET %s = %s WHERE %s = %s"
                .formatted(
                        shape.name().sql(),
                        TABLE,
                        QualifiedName.quoted(column.name()),
                        value.formatted(QualifiedName.quoted(column.typeName())),
                        key,
                        parameters());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (ReferencingRow row : rows) {
                statement.setArray(
                        1, connection.createArrayOf("text", row.references().toArray()));
                setKey(statement, 2, row.key());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private boolean isList() {
        return column.type().fieldType().list();
    }

    private String select() {
        String name = QualifiedName.quoted(column.name());
        List<String> expressions = new ArrayList<>();
        shape.key().forEach(part -> expressions.add(QualifiedName.quoted(part.name()) + "::text"));
        expressions.add(isList() ? name + "::text[]" : "ARRAY[%s::text]".formatted(name));
        expressions.add(
                isList()
                        ? "coalesce(array_ndims(%1$s) = 1 AND array_lower(%1$s, 1) = 1, true)".formatted(name)
                        : "true");
        expressions.add(
                dataset.map(found -> QualifiedName.quoted(found) + "::text").orElse("NULL::text"));
        return "SELECT %s FROM %s AS %s"
                .formatted(String.join(", ", expressions), shape.name().sql(), TABLE);
    }

    private List<ReferencingRow> read(PreparedStatement statement) throws SQLException {
        List<ReferencingRow> rows = new ArrayList<>();
        int parts = shape.key().size();
        try (ResultSet found = statement.executeQuery()) {
            while (found.next()) {
                List<String> keyOfRow = new ArrayList<>();
                for (int i = 1; i <= parts; i++) {
                    keyOfRow.add(found.getString(i));
                }
                boolean isPlain = found.getBoolean(parts + 2);
                List<@Nullable String> references = isPlain ? texts(found.getArray(parts + 1)) : List.of();
                rows.add(new ReferencingRow(keyOfRow, references, found.getString(parts + 3), isPlain));
            }
        }
        return rows;
    }

    private static List<@Nullable String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : Arrays.asList((@Nullable String[]) array.getArray());
    }

    private String parameters() {
        return shape.key().stream().map(part -> "?").collect(Collectors.joining(", ", "(", ")"));
    }

    /** Returns the next parameter. The server reads each text as the type of what it is compared with. */
    private static int setKey(PreparedStatement statement, int first, List<String> key) throws SQLException {
        int next = first;
        for (String part : key) {
            statement.setObject(next++, part, Types.OTHER);
        }
        return next;
    }
}
