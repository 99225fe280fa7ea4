package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.config.DocumentTable;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The references that were rewritten to new ids, written in the transaction that rewrites them. */
public final class MappingTable {
    private final QualifiedName name;
    private final String column;

    MappingTable(DocumentTable documents) {
        this.name = documents.references().mappings();
        this.column = documents.join().collection() + "." + documents.join().references();
    }

    /** @param position of the reference in its array; 0 where the column is none */
    record Mapping(
            List<String> document,
            int position,
            String oldId,
            String newId,
            @Nullable String dataset) {}

    public String collection() {
        return name.collection();
    }

    boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
            statement.setString(1, name.sql());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    public void provision(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE TABLE IF NOT EXISTS %s (column_name text NOT NULL, document text[] NOT NULL,
                      position integer NOT NULL, old_id text NOT NULL, new_id text NOT NULL, dataset_id text,
                      migrated_at timestamptz NOT NULL, PRIMARY KEY (column_name, document, position))""".formatted(name.sql()));
        }
    }

    private boolean hasAny(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT FROM %s WHERE column_name = ? LIMIT 1".formatted(name.sql()))) {
            statement.setString(1, column);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Returns a finding if references are rewritten: documents then no longer name the source's ids. */
    public Optional<Finding> rewritten(Connection connection) throws SQLException {
        return exists(connection) && hasAny(connection)
                ? Optional.of(Finding.error(
                        "references",
                        "references in %s were rewritten to new ids: no more vectors can be joined by them"
                                .formatted(column),
                        "Restore them with `ferry references rewrite --revert`, or leave this pipeline stopped: %s lists what was rewritten."
                                .formatted(name.collection())))
                : Optional.empty();
    }

    /** Under each document's key, in the order of the places. */
    public Map<List<String>, List<Mapping>> of(Connection connection, Collection<List<String>> documents)
            throws SQLException {
        Map<List<String>, List<Mapping>> found = new HashMap<>();
        if (documents.isEmpty()) {
            return found;
        }
        String sql =
                "SELECT document, position, old_id, new_id, dataset_id FROM %s WHERE column_name = ? AND document IN (%s) ORDER BY position"
                        .formatted(name.sql(), String.join(", ", Collections.nCopies(documents.size(), "?")));
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, column);
            int next = 2;
            for (List<String> document : documents) {
                statement.setArray(next++, connection.createArrayOf("text", document.toArray()));
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<String> document =
                            Arrays.asList((String[]) row.getArray(1).getArray());
                    found.computeIfAbsent(document, d -> new ArrayList<>())
                            .add(new Mapping(
                                    document, row.getInt(2), row.getString(3), row.getString(4), row.getString(5)));
                }
            }
        }
        return found;
    }

    /** The keys of documents that have any, in an order of their own. */
    public List<List<String>> documents(Connection connection, Optional<List<String>> after, int size)
            throws SQLException {
        String sql = "SELECT DISTINCT document FROM %s WHERE column_name = ? %s ORDER BY document LIMIT %d"
                .formatted(name.sql(), after.isPresent() ? "AND document > ?" : "", size);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, column);
            if (after.isPresent()) {
                statement.setArray(
                        2, connection.createArrayOf("text", after.get().toArray()));
            }
            List<List<String>> documents = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    documents.add(Arrays.asList((String[]) row.getArray(1).getArray()));
                }
            }
            return documents;
        }
    }

    void note(Connection connection, List<Mapping> mappings) throws SQLException {
        String sql = """
                INSERT INTO %s (column_name, document, position, old_id, new_id, dataset_id, migrated_at)
                VALUES (?, ?, ?, ?, ?, ?, now())
                ON CONFLICT (column_name, document, position) DO UPDATE SET old_id = excluded.old_id,
                  new_id = excluded.new_id, dataset_id = excluded.dataset_id, migrated_at = excluded.migrated_at""".formatted(name.sql());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Mapping mapping : mappings) {
                setKey(connection, statement, mapping);
                statement.setString(4, mapping.oldId());
                statement.setString(5, mapping.newId());
                statement.setString(6, mapping.dataset());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    void forget(Connection connection, List<Mapping> mappings) throws SQLException {
        String sql = "DELETE FROM %s WHERE column_name = ? AND document = ? AND position = ?".formatted(name.sql());
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (Mapping mapping : mappings) {
                setKey(connection, statement, mapping);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private void setKey(Connection connection, PreparedStatement statement, Mapping mapping) throws SQLException {
        statement.setString(1, column);
        statement.setArray(
                2, connection.createArrayOf("text", mapping.document().toArray()));
        statement.setInt(3, mapping.position());
    }
}
