package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The memory of ferry about a table, in a row of {@code vectorferry.target_tables}: written in the transactions that write
 * the table, and locked by each of them, so that no two writers are at work at once. It counts for that very table, not
 * for another one of the same name.
 */
public final class FerryNotes {
    public static final String TABLE = "vectorferry.target_tables";
    private static final String CREATE = """
            CREATE TABLE IF NOT EXISTS vectorferry.target_tables (
              table_name text PRIMARY KEY, table_oid bigint NOT NULL, made_by_ferry boolean NOT NULL,
              epoch bigint NOT NULL, partitions integer[], next_offsets bigint[], filled_since bigint NOT NULL DEFAULT 0,
              log text NOT NULL DEFAULT '', vector_columns text[] NOT NULL DEFAULT '{}', field_columns text[] NOT NULL DEFAULT '{}')""";

    private static final String CLAIM = """
            INSERT INTO vectorferry.target_tables AS noted (table_name, table_oid, made_by_ferry, epoch)
            VALUES (?, ?, ?, 1)
            ON CONFLICT (table_name) DO UPDATE SET epoch = noted.epoch + 1 RETURNING epoch, table_oid = ?""";

    private static final String BEGIN_AGAIN = """
            UPDATE vectorferry.target_tables SET table_oid = ?, made_by_ferry = ?, partitions = NULL, next_offsets = NULL,
              filled_since = 0, log = '', vector_columns = '{}', field_columns = '{}' WHERE table_name = ?""";

    private static final String LOCK = """
            SELECT epoch, pg_catalog.to_regclass(?)::oid::bigint FROM vectorferry.target_tables
            WHERE table_name = ? AND table_oid = ? FOR UPDATE""";

    private static final String READ = """
            SELECT made_by_ferry, partitions, next_offsets, filled_since, log, vector_columns, field_columns
            FROM vectorferry.target_tables WHERE table_name = ? AND table_oid = ?""";

    private final QualifiedName table;

    public FerryNotes(QualifiedName table) {
        this.table = table;
    }

    /** A writer's claim to a table; the highest epoch has it. */
    public record Claim(long oid, long epoch) {}

    /**
     * @param made whether ferry has made the table, and so may alter it
     * @param offsets empty before the first batch
     * @param vectors the vector columns that ferry fills
     * @param fields the payload columns that ferry fills
     */
    public record Noted(boolean made, Optional<PartitionOffsets> offsets, List<String> vectors, List<String> fields) {
        public Noted {
            vectors = List.copyOf(vectors);
            fields = List.copyOf(fields);
        }
    }

    public Optional<Noted> read(Connection connection, long oid) throws SQLException {
        if (!exists(connection)) {
            return Optional.empty();
        }
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, table.collection());
            statement.setLong(2, oid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Noted(row.getBoolean(1), offsets(row), texts(row, 6), texts(row, 7)))
                        : Optional.empty();
            }
        }
    }

    public static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = 'vectorferry' AND c.relname = 'target_tables')""")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Fences every earlier writer. What is noted of another table of this name is forgotten. */
    public Claim claim(Connection connection, long oid, boolean made) throws SQLException {
        create(connection);
        try (PreparedStatement statement = connection.prepareStatement(CLAIM)) {
            statement.setString(1, table.collection());
            statement.setLong(2, oid);
            statement.setBoolean(3, made);
            statement.setLong(4, oid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                if (!row.getBoolean(2)) {
                    beginAgain(connection, oid, made);
                }
                return new Claim(oid, row.getLong(1));
            }
        }
    }

    private static void create(Connection connection) throws SQLException {
        if (!exists(connection)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE SCHEMA IF NOT EXISTS vectorferry");
                statement.execute(CREATE);
            }
        }
    }

    private void beginAgain(Connection connection, long oid, boolean made) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BEGIN_AGAIN)) {
            statement.setLong(1, oid);
            statement.setBoolean(2, made);
            statement.setString(3, table.collection());
            statement.executeUpdate();
        }
    }

    /** Keeps other writers out until the end of the transaction. */
    public void lock(Connection connection, Claim claim) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setString(1, table.sql());
            statement.setString(2, table.collection());
            statement.setLong(3, claim.oid());
            try (ResultSet row = statement.executeQuery()) {
                boolean known = row.next();
                if (known && row.getLong(1) != claim.epoch()) {
                    throw FerryException.misconfigured(
                            "another process writes to table %s: this writer is fenced".formatted(table.collection()),
                            "Stop one of the two. The one that starts last owns the table.");
                }
                if (!known || row.getLong(2) != claim.oid()) {
                    throw FerryException.misconfigured(
                            "table %s was dropped or replaced while ferry wrote to it".formatted(table.collection()),
                            "Start ferry again: it fills the table from `records`.");
                }
            }
        }
    }

    public void advance(Connection connection, PartitionOffsets offsets) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                        UPDATE vectorferry.target_tables SET partitions = ?, next_offsets = ?, filled_since = ?, log = ?
                        WHERE table_name = ?""")) {
            statement.setArray(
                    1, connection.createArrayOf("int4", offsets.next().keySet().toArray()));
            statement.setArray(
                    2, connection.createArrayOf("int8", offsets.next().values().toArray()));
            statement.setLong(3, offsets.filledSinceMillis());
            statement.setString(4, offsets.log());
            statement.setString(5, table.collection());
            statement.executeUpdate();
        }
    }

    public void columns(Connection connection, List<String> vectors, List<String> fields) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "UPDATE vectorferry.target_tables SET vector_columns = ?, field_columns = ? WHERE table_name = ?")) {
            statement.setArray(1, connection.createArrayOf("text", vectors.toArray()));
            statement.setArray(2, connection.createArrayOf("text", fields.toArray()));
            statement.setString(3, table.collection());
            statement.executeUpdate();
        }
    }

    private static Optional<PartitionOffsets> offsets(ResultSet row) throws SQLException {
        @Nullable Array partitions = row.getArray(2);
        @Nullable Array next = row.getArray(3);
        if (partitions == null || next == null) {
            return Optional.empty();
        }
        Integer[] numbers = (Integer[]) partitions.getArray();
        Long[] offsets = (Long[]) next.getArray();
        Map<Integer, Long> byPartition = new TreeMap<>();
        for (int i = 0; i < numbers.length; i++) {
            byPartition.put(numbers[i], offsets[i]);
        }
        return Optional.of(new PartitionOffsets(new TreeMap<>(byPartition), row.getLong(4), row.getString(5)));
    }

    private static List<String> texts(ResultSet row, int column) throws SQLException {
        return List.of((String[]) row.getArray(column).getArray());
    }
}
