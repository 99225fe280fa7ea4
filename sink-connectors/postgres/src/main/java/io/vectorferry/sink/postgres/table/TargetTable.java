package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.stores.postgres.Catalog;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of the target as the catalog has it.
 *
 * @param keyIndex the name of the index of its primary key
 * @param ownedByUser whether the user may alter it
 * @param sequence that gives the application's own rows their keys, as SQL names it
 */
public record TargetTable(
        QualifiedName name,
        long oid,
        boolean partitioned,
        KeyColumns key,
        List<StoredColumn> columns,
        String keyIndex,
        boolean ownedByUser,
        Optional<String> sequence) {
    private static final String MORE = """
            SELECT a.attname, a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '', a.attidentity = 'a'
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped""";

    private static final String ABOUT = """
            SELECT i.relname, pg_catalog.pg_has_role(t.relowner, 'USAGE'), pg_catalog.pg_get_serial_sequence(?, ?) FROM pg_catalog.pg_class t
            LEFT JOIN pg_catalog.pg_index x ON x.indrelid = t.oid AND x.indisprimary
            LEFT JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid WHERE t.oid = ?""";

    public TargetTable {
        columns = List.copyOf(columns);
    }

    /** Empty where there is no such table. */
    public static Optional<TargetTable> find(Connection connection, QualifiedName name) throws SQLException {
        Optional<Catalog.Table> found = new Catalog(connection).table(name);
        return found.isEmpty() ? Optional.empty() : Optional.of(read(connection, name, found.get()));
    }

    private static TargetTable read(Connection connection, QualifiedName name, Catalog.Table found)
            throws SQLException {
        if (found.kind() != 'r' && found.kind() != 'p') {
            throw FerryException.misconfigured(
                    "%s is not a table".formatted(name.collection()), "Set another `table` in the target.");
        }
        Map<String, StoredColumn> byName = columns(connection, found);
        List<StoredColumn> columns = found.columns().stream()
                .map(column -> byName.get(column.name()))
                .toList();
        if (found.primaryKey().isEmpty()) {
            throw FerryException.misconfigured(
                    "table %s has no primary key".formatted(name.collection()),
                    "ALTER TABLE %s ADD PRIMARY KEY (…); with the column or columns that hold the source's key."
                            .formatted(name.sql()));
        }
        KeyColumns key = new KeyColumns(
                found.primaryKey().stream().map(column -> byName.get(column)).toList());
        try (PreparedStatement statement = connection.prepareStatement(ABOUT)) {
            statement.setString(1, name.sql());
            statement.setString(2, key.columns().getFirst().name());
            statement.setLong(3, found.oid());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return new TargetTable(
                        name,
                        found.oid(),
                        found.kind() == 'p',
                        key,
                        columns,
                        row.getString(1),
                        row.getBoolean(2),
                        key.columns().size() == 1 ? Optional.ofNullable(row.getString(3)) : Optional.empty());
            }
        }
    }

    private static Map<String, StoredColumn> columns(Connection connection, Catalog.Table found) throws SQLException {
        Map<String, StoredColumn> columns = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(MORE)) {
            statement.setLong(1, found.oid());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    String name = rows.getString(1);
                    boolean hasDefault = rows.getBoolean(2);
                    boolean alwaysIdentity = rows.getBoolean(3);
                    found.column(name)
                            .ifPresent(
                                    column -> columns.put(name, new StoredColumn(column, hasDefault, alwaysIdentity)));
                }
            }
        }
        return columns;
    }

    public Optional<StoredColumn> column(String column) {
        return columns.stream().filter(stored -> stored.name().equals(column)).findFirst();
    }

    public boolean isKey(String column) {
        return key.columns().stream().anyMatch(part -> part.name().equals(column));
    }
}
