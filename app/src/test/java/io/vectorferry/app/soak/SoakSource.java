package io.vectorferry.app.soak;

import io.vectorferry.deploy.server.PostgresServer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** The source of a soak: its server, its tables as they are now, and all their rows as the truth. */
final class SoakSource {
    static final Map<String, String> SERVER_SETTINGS =
            Map.of("max_prepared_transactions", "20", "deadlock_timeout", "200ms", "max_connections", "60");
    private static final Duration OUTAGE_MAX = Duration.ofMinutes(2);
    private static final int DETAILS = 2;

    private final PostgresServer server;
    private volatile Map<SoakTable, List<Column>> columns = Map.of();

    /** A column beside those that every table always has. */
    record Column(String name, String type) {}

    SoakSource(PostgresServer server) {
        this.server = server;
    }

    Connection connect() throws SQLException {
        Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
        execute(connection, "SET lock_timeout = '2s'");
        return connection;
    }

    /** Waits while the server is away. */
    Connection connectAgain() throws SQLException {
        long deadline = System.nanoTime() + OUTAGE_MAX.toNanos();
        while (true) {
            try {
                return connect();
            } catch (SQLException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
            }
        }
    }

    static void execute(Connection connection, String... statements) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    static List<String> texts(Connection connection, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    /** Whether the session is gone, and not only its transaction. */
    static boolean isLost(SQLException e) {
        String state = e.getSQLState() == null ? "08" : e.getSQLState();
        return state.startsWith("57P") || state.startsWith("08");
    }

    void create(Random random) throws SQLException {
        try (Connection connection = connect()) {
            execute(connection, "CREATE EXTENSION vector", """
                    CREATE FUNCTION slow(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
                    BEGIN
                      IF coalesce(current_setting('soak.slow', true), '') <> '' THEN
                        PERFORM pg_sleep(current_setting('soak.slow')::float8);
                      END IF;
                      RETURN i;
                    END $$""", "CREATE TABLE parents (id int PRIMARY KEY)");
            for (SoakTable table : SoakTable.values()) {
                execute(connection, table.create(table.sqlName));
            }
            for (int partition = 0; partition < SoakTable.partitions(); partition++) {
                execute(
                        connection,
                        "CREATE TABLE %s PARTITION OF part %s"
                                .formatted(SoakTable.partition(partition), SoakTable.bounds(partition)));
            }
            createTrigger(connection);
            for (int parent = 0; parent < SoakTable.PARENTS; parent++) {
                execute(connection, "INSERT INTO parents VALUES (%d)".formatted(parent));
            }
            for (SoakTable table : SoakTable.values()) {
                for (int key = 0; key < table.keys; key += 2) {
                    execute(
                            connection,
                            "INSERT INTO %s (%s, v, n, embedding) VALUES (%s, 'first', %d, %s)"
                                    .formatted(
                                            table.sqlName,
                                            table.keyColumns(),
                                            table.keyValues(key),
                                            key,
                                            table.vector(random)));
                }
            }
            refresh(connection);
        }
    }

    /** Of each third row of the partitioned table, a row of another table. */
    private static void createTrigger(Connection connection) throws SQLException {
        execute(connection, """
                CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  INSERT INTO ord (id, v, n) VALUES (%d + NEW.id %% 40, 'trigger', NEW.n::int)
                    ON CONFLICT (id) DO UPDATE SET v = 'triggered', n = excluded.n;
                  RETURN NULL;
                END $$""".formatted(followed(0)), """
                CREATE TRIGGER follow AFTER INSERT OR UPDATE ON part FOR EACH ROW
                WHEN (NEW.id % 3 = 0) EXECUTE FUNCTION follow()""");
    }

    /** The row of {@link SoakTable#ORD} that the trigger writes for a row of {@link SoakTable#PART}. */
    static int followed(int key) {
        return 200 + key % 40;
    }

    /** Columns that came since; what is dropped at this moment may still be among them. */
    List<Column> added(SoakTable table) {
        return columns.getOrDefault(table, List.of());
    }

    void refresh(Connection connection) throws SQLException {
        Map<SoakTable, List<Column>> now = new EnumMap<>(SoakTable.class);
        try (Statement statement = connection.createStatement()) {
            for (SoakTable table : SoakTable.values()) {
                List<Column> added = new ArrayList<>();
                try (ResultSet rows = statement.executeQuery("""
                        SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
                        WHERE attrelid = to_regclass('%s') AND attnum > 0 AND attname LIKE 'x%%' AND NOT attisdropped
                        ORDER BY attnum""".formatted(table.sqlName))) {
                    while (rows.next()) {
                        added.add(new Column(rows.getString(1), rows.getString(2)));
                    }
                }
                now.put(table, List.copyOf(added));
            }
        }
        columns = now;
    }

    /** Every row by its id in the target, as values by column; a NULL is left out. */
    Map<String, Map<String, String>> rows(SoakTable table) throws SQLException {
        Map<String, Map<String, String>> rows = new TreeMap<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT * FROM " + table.sqlName)) {
            ResultSetMetaData columns = row.getMetaData();
            while (row.next()) {
                Map<String, String> values = new TreeMap<>();
                for (int column = 1; column <= columns.getColumnCount(); column++) {
                    String text = row.getString(column);
                    if (text != null) {
                        values.put(
                                columns.getColumnName(column),
                                switch (columns.getColumnTypeName(column)) {
                                    case "vector" -> vector(text);
                                    case "bool" -> Boolean.toString(text.equals("t"));
                                    default -> text;
                                });
                    }
                }
                String id = table == SoakTable.PAIR
                        ? "[%s,\"%s\"]".formatted(values.get("a"), values.get("b"))
                        : String.valueOf(values.remove("id"));
                rows.put(id, values);
            }
        }
        return rows;
    }

    /** As {@link SoakTarget}'s reader prints it. */
    private static String vector(String text) {
        String[] parts = text.substring(1, text.length() - 1).split(",", -1);
        ByteBuffer bytes = ByteBuffer.allocate(parts.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (String part : parts) {
            bytes.putFloat(Float.parseFloat(part));
        }
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < DETAILS; i++) {
            shown.append("%08x ".formatted(Integer.reverseBytes(bytes.getInt(i * Float.BYTES))));
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1").digest(bytes.array());
            return shown + HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
