package io.vectorferry.producer.postgres;

import io.vectorferry.producer.postgres.access.PostgresConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What tells that a table's old rows have got other values with no change of theirs in the log: which versions of its
 * columns' catalog rows there are, and which files hold its rows. VACUUM FULL changes the files and no column; a new
 * column without a default changes no file.
 *
 * @param text {@code number:xmin:name:mark,…;leaf:file,…}, as {@code control} keeps it; numbers, a hash of the column's
 *     name, and a mark d (has a default that old rows show) or v (is computed when it is read)
 */
record TableVersion(String text) {
    /** One statement, so that columns and files are those of one moment. */
    private static final String QUERY = """
            SELECT coalesce((SELECT string_agg(format('%s:%s:%s:%s', a.attnum, a.xmin, hashtext(a.attname::text),
                         CASE WHEN a.attgenerated = 'v' THEN 'v' WHEN a.atthasmissing THEN 'd' END), ',' ORDER BY a.attnum)
                       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                         AND (cardinality(w.names) = 0 OR a.attname::text = ANY (w.names))), '')
                || ';' || coalesce((SELECT string_agg(l.oid || ':' || l.relfilenode, ',' ORDER BY l.oid)
                       FROM pg_class l WHERE l.oid = c.oid AND l.relkind = 'r'
                         OR l.oid IN (SELECT p.relid FROM pg_partition_tree(c.oid) p WHERE p.isleaf)), '')
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, (SELECT ?::text[] AS names) w
            WHERE n.nspname = ? AND c.relname = ?""";

    private record Column(String row, String name, String mark) {}

    /** Empty when the table is gone. Only the columns that the pipeline names count, where it names any. */
    static Optional<TableVersion> read(Connection connection, PostgresConfig.Table table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setArray(
                    1, connection.createArrayOf("text", table.namedColumns().toArray()));
            statement.setString(2, table.name().schema());
            statement.setString(3, table.name().table());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new TableVersion(row.getString(1))) : Optional.empty();
            }
        }
    }

    /** Whether a row that was read at the version before may have other values now. */
    boolean leavesStale(TableVersion before) {
        Map<String, String> files = files();
        Map<String, String> filesBefore = before.files();
        boolean rewritten = filesBefore.entrySet().stream()
                .anyMatch(leaf ->
                        files.containsKey(leaf.getKey()) && !leaf.getValue().equals(files.get(leaf.getKey())));
        // A partition that is detached or dropped leaves no deletion of its rows in the log.
        boolean taken = !files.keySet().containsAll(filesBefore.keySet());
        Map<String, Column> columnsBefore = before.columns();
        boolean stale = columns().entrySet().stream().anyMatch(column -> {
            Optional<Column> then = Optional.ofNullable(columnsBefore.get(column.getKey()));
            boolean altered = !then.equals(Optional.of(column.getValue()));
            return isStale(then, column.getValue()) || (rewritten && altered);
        });
        return taken || stale;
    }

    private static boolean isStale(Optional<Column> before, Column now) {
        if (before.isEmpty()) {
            return !now.mark().isEmpty();
        }
        boolean computedAnew =
                now.mark().equals("v") && !now.row().equals(before.get().row());
        return computedAnew || !now.name().equals(before.get().name());
    }

    private Map<String, Column> columns() {
        Map<String, Column> columns = new HashMap<>();
        for (String column : text.substring(0, text.indexOf(';')).split(",", -1)) {
            String[] parts = column.split(":", -1);
            if (parts.length == 4) {
                columns.put(parts[0], new Column(parts[1], parts[2], parts[3]));
            }
        }
        return columns;
    }

    private Map<String, String> files() {
        Map<String, String> files = new HashMap<>();
        for (String leaf : text.substring(text.indexOf(';') + 1).split(",", -1)) {
            int colon = leaf.indexOf(':');
            if (colon > 0) {
                files.put(leaf.substring(0, colon), leaf.substring(colon + 1));
            }
        }
        return files;
    }
}
