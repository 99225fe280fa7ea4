package io.vectorferry.sink.postgres.write;

import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.postgres.table.KeyColumns;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.postgres.CopyBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/**
 * Writes the rows of a batch in the transaction of its connection. Rows whose keys the table does not have go into it by
 * COPY; the others go through a temporary table, so that the columns that ferry does not fill stay as they are.
 */
final class BatchStatements {
    private static final int KEYS_PER_STATEMENT = 10_000;
    private static final String STAGE = "pg_temp.vectorferry_batch";

    private final Connection connection;
    private final TargetTable table;
    private final KeyColumns key;

    BatchStatements(Connection connection, TargetTable table) {
        this.connection = connection;
        this.table = table;
        this.key = table.key();
    }

    /** One row, with the values of its key. */
    private record Keyed(List<Value> key, TargetWrite.Upsert upsert) {}

    /** Looks keys up by the index, however little the server knows of the table yet. */
    void useIndex() throws SQLException {
        execute("""
                SELECT pg_catalog.set_config('enable_seqscan', 'off', true), pg_catalog.set_config('enable_hashjoin', 'off', true),
                  pg_catalog.set_config('enable_mergejoin', 'off', true)""");
    }

    /** Ids that cannot be keys of the table are left out. */
    void delete(List<TargetWrite.Delete> deletes) throws SQLException {
        List<List<Value>> keys = deletes.stream()
                .flatMap(delete -> key.values(delete.key().id()).stream())
                .toList();
        for (int from = 0; from < keys.size(); from += KEYS_PER_STATEMENT) {
            List<List<Value>> some = keys.subList(from, Math.min(keys.size(), from + KEYS_PER_STATEMENT));
            execute("DELETE FROM %s AS target USING %s WHERE %s"
                    .formatted(table.name().sql(), key.table(some), key.matches()));
        }
    }

    /** @param apart whether new rows, too, go through the temporary table */
    void upsert(List<TargetWrite.Upsert> upserts, PreparedTable prepared, boolean apart) throws SQLException {
        List<Keyed> rows = upserts.stream()
                .map(upsert -> new Keyed(key.values(upsert.key().id()).orElseThrow(), upsert))
                .toList();
        if (apart || all(prepared).stream().anyMatch(prepared::isConverted)) {
            merge(rows, prepared);
            return;
        }
        BitSet present = present(rows);
        List<Keyed> fresh = new ArrayList<>();
        List<Keyed> known = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            (present.get(i) ? known : fresh).add(rows.get(i));
        }
        if (!fresh.isEmpty()) {
            copy(table.name().sql(), fresh, prepared);
        }
        if (!known.isEmpty()) {
            merge(known, prepared);
        }
    }

    /** Moves the application's own sequence past the greatest id, so that its next row gets a free one. */
    void advanceSequence(String sequence, long greatest) throws SQLException {
        String sql = """
                SELECT pg_catalog.setval(?::regclass, ?) FROM %s s, pg_catalog.pg_sequence q
                WHERE q.seqrelid = ?::regclass AND q.seqincrement > 0 AND ? BETWEEN q.seqmin AND q.seqmax
                  AND (s.last_value < ? OR s.last_value = ? AND NOT s.is_called)""".formatted(sequence);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, sequence);
            statement.setLong(2, greatest);
            statement.setString(3, sequence);
            statement.setLong(4, greatest);
            statement.setLong(5, greatest);
            statement.setLong(6, greatest);
            statement.execute();
        }
    }

    private BitSet present(List<Keyed> rows) throws SQLException {
        BitSet present = new BitSet(rows.size());
        List<List<Value>> keys = rows.stream().map(Keyed::key).toList();
        String sql = "SELECT k.n FROM %s JOIN %s AS target ON %s"
                .formatted(key.table(keys), table.name().sql(), key.matches());
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            while (found.next()) {
                present.set(found.getInt(1));
            }
        }
        return present;
    }

    private void copy(String into, List<Keyed> rows, PreparedTable prepared) throws SQLException {
        CopyBuffer buffer = new CopyBuffer(connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY %s (%s) FROM STDIN (FORMAT binary)".formatted(into, columns(prepared, ""))));
        RowTuples tuples = new RowTuples(prepared);
        for (Keyed row : rows) {
            tuples.write(row.key(), row.upsert().record().row(), buffer);
        }
        buffer.end();
    }

    private void merge(List<Keyed> rows, PreparedTable prepared) throws SQLException {
        execute("CREATE TEMPORARY TABLE vectorferry_batch ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA"
                .formatted(
                        all(prepared).stream()
                                .map(column -> staged(prepared, column))
                                .collect(Collectors.joining(", ")),
                        table.name().sql()));
        copy(STAGE, rows, prepared);
        long updated = 0;
        String changes = changes(prepared, "stage.");
        if (!changes.isEmpty()) {
            updated = update("UPDATE %s AS target SET %s FROM %s AS stage WHERE %s"
                    .formatted(table.name().sql(), changes, STAGE, key.matches("stage")));
        }
        if (updated < rows.size()) {
            // A key that the application inserts at this moment is the source's all the same.
            String otherwise = changes.isEmpty() ? "NOTHING" : "UPDATE SET " + changes(prepared, "excluded.");
            execute(
                    "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s AS stage WHERE NOT EXISTS (SELECT FROM %s AS target WHERE %s) ON CONFLICT (%s) DO %s"
                            .formatted(
                                    table.name().sql(),
                                    columns(prepared, ""),
                                    all(prepared).stream()
                                            .map(column -> from(prepared, "stage.", column))
                                            .collect(Collectors.joining(", ")),
                                    STAGE,
                                    table.name().sql(),
                                    key.matches("stage"),
                                    key.list(),
                                    otherwise));
        }
    }

    private List<StoredColumn> all(PreparedTable prepared) {
        List<StoredColumn> all = new ArrayList<>(key.columns());
        all.addAll(prepared.columns());
        return all;
    }

    private String columns(PreparedTable prepared, String prefix) {
        return all(prepared).stream().map(column -> prefix + column.quoted()).collect(Collectors.joining(", "));
    }

    private static String staged(PreparedTable prepared, StoredColumn column) {
        return prepared.isConverted(column) ? "NULL::pg_catalog.text AS " + column.quoted() : column.quoted();
    }

    private static String changes(PreparedTable prepared, String prefix) {
        return prepared.columns().stream()
                .filter(column -> !column.alwaysIdentity())
                .map(column -> column.quoted() + " = "
                        + (prefix.equals("excluded.") ? prefix + column.quoted() : from(prepared, prefix, column)))
                .collect(Collectors.joining(", "));
    }

    private static String from(PreparedTable prepared, String prefix, StoredColumn column) {
        return prepared.isConverted(column)
                ? "%s%s::%s".formatted(prefix, column.quoted(), column.catalog().sqlType())
                : prefix + column.quoted();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long update(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.executeLargeUpdate(sql);
        }
    }
}
