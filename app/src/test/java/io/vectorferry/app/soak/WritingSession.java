package io.vectorferry.app.soak;

import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** A session of an application: hot keys, in transactions of every shape. The seed decides what it asks for, the server what comes of it. */
final class WritingSession implements Runnable {
    /** Lost connections apart, what an application meets when others write to its rows and alter its tables. */
    private static final Set<String> EXPECTED = Set.of(
            "23505", "23503", "23514", "40P01", "40001", "55P03", "57014", "42P01", "42703", "42P10", "42704", "22001",
            "22003", "25P02", "55000", "0A000", "XX000", "42804", "55006");

    private static final int BODY = 3_000;

    private final SoakSource source;
    private final OperationLog log;
    private final SoakSettings settings;
    private final Counters counters;
    private final Pace pace;
    private final long seed;
    private final int session;
    private final int transactions;
    private volatile @Nullable Exception failure;

    WritingSession(
            SoakSource source,
            OperationLog log,
            SoakSettings settings,
            Counters counters,
            Pace pace,
            long seed,
            int session) {
        this.source = source;
        this.log = log;
        this.settings = settings;
        this.counters = counters;
        this.pace = pace;
        this.seed = seed;
        this.session = session;
        this.transactions = settings.transactions() / settings.sessions();
    }

    @Nullable
    Exception failure() {
        return failure;
    }

    @Override
    public void run() {
        @Nullable Connection connection = null;
        try {
            connection = source.connectAgain();
            for (int number = 0; number < transactions; number++) {
                // Its own, so that what fails shifts nothing of what follows.
                Random random = new Random(seed * 1_000_003 + session * 100_003L + number);
                pace.take(random);
                OperationLog.Transaction transaction =
                        new OperationLog.Transaction("s%d/%d".formatted(session, number));
                try {
                    transact(connection, random, transaction, number);
                } catch (SQLException e) {
                    connection = recover(connection, transaction, e);
                }
            }
        } catch (SQLException | IOException | InterruptedException e) {
            failure = e;
        } finally {
            closeQuietly(connection);
        }
    }

    private Connection recover(Connection connection, OperationLog.Transaction transaction, SQLException e)
            throws SQLException {
        if (SoakSource.isLost(e)) {
            transaction.end("cut off");
            counters.add("cut off");
            closeQuietly(connection);
            Connection again = source.connectAgain();
            finishPrepared(again);
            return again;
        }
        if (!EXPECTED.contains(String.valueOf(e.getSQLState()))) {
            throw e;
        }
        transaction.end("failed " + e.getSQLState());
        counters.add("failed " + e.getSQLState());
        try {
            SoakSource.execute(connection, "ROLLBACK", "SET soak.slow = ''");
            return connection;
        } catch (SQLException lost) {
            closeQuietly(connection);
            return source.connectAgain();
        }
    }

    private static void closeQuietly(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException e) {
            // it was gone
        }
    }

    /** What a crash left prepared. */
    private void finishPrepared(Connection connection) throws SQLException {
        for (String name : SoakSource.texts(
                connection, "SELECT gid FROM pg_prepared_xacts WHERE gid LIKE 'soak-%d-%%'".formatted(session))) {
            SoakSource.execute(connection, "COMMIT PREPARED '%s'".formatted(name));
            log.add("COMMIT PREPARED '%s' after a crash".formatted(name));
        }
    }

    private void transact(Connection connection, Random random, OperationLog.Transaction transaction, int number)
            throws SQLException, IOException {
        int shape = random.nextInt(100);
        boolean rollsBack = random.nextInt(14) == 0 && settings.has(Kind.ROLLBACK);
        boolean prepares = random.nextInt(20) == 0 && settings.has(Kind.PREPARED);
        boolean slow = random.nextInt(8) == 0 && settings.has(Kind.SLOW_INDEX);
        double seconds = 0.002 + random.nextInt(60) / 1_000.0;
        if (slow) {
            SoakSource.execute(connection, "SET soak.slow = '%s'".formatted(seconds));
        }
        if (shape < 45) {
            statement(connection, random, transaction);
            transaction.end("committed");
            counters.committed();
        } else {
            SoakSource.execute(connection, "BEGIN");
            statements(connection, random, transaction);
            end(connection, random, transaction, number, rollsBack, prepares);
        }
        if (slow) {
            SoakSource.execute(connection, "SET soak.slow = ''");
        }
    }

    private void statements(Connection connection, Random random, OperationLog.Transaction transaction)
            throws SQLException, IOException {
        int statements = 1 + random.nextInt(4);
        for (int i = 0; i < statements; i++) {
            boolean undone = random.nextInt(8) == 0 && settings.has(Kind.SAVEPOINT);
            boolean kept = random.nextInt(8) == 0 && settings.has(Kind.SAVEPOINT);
            if (undone) {
                SoakSource.execute(connection, "SAVEPOINT s");
                OperationLog.Transaction part = new OperationLog.Transaction(transaction + ", a part of it");
                part.end("rolled back to its savepoint");
                statement(connection, random, part);
                SoakSource.execute(connection, "ROLLBACK TO s");
                counters.add("rolled back to a savepoint");
            }
            if (kept) {
                SoakSource.execute(connection, "SAVEPOINT k");
            }
            statement(connection, random, transaction);
            if (kept) {
                SoakSource.execute(connection, "RELEASE k");
            }
        }
    }

    private void end(
            Connection connection,
            Random random,
            OperationLog.Transaction transaction,
            int number,
            boolean rollsBack,
            boolean prepares)
            throws SQLException {
        if (prepares) {
            String name = "soak-%d-%d".formatted(session, number);
            SoakSource.execute(connection, "PREPARE TRANSACTION '%s'".formatted(name));
            LockSupport.parkNanos(Duration.ofMillis(random.nextInt(300)).toNanos());
            SoakSource.execute(connection, "%s PREPARED '%s'".formatted(rollsBack ? "ROLLBACK" : "COMMIT", name));
            counters.add("prepared");
        } else {
            SoakSource.execute(connection, rollsBack ? "ROLLBACK" : "COMMIT");
        }
        transaction.end(rollsBack ? "rolled back" : "committed");
        if (rollsBack) {
            counters.add("rolled back");
        } else {
            counters.committed();
        }
    }

    private void statement(Connection connection, Random random, OperationLog.Transaction transaction)
            throws SQLException, IOException {
        Kind kind = Kind.draw(random, Kind.Family.STATEMENT);
        SoakTable table = SoakTable.draw(random);
        // Two thirds of the writes go to a sixth of the keys.
        int key = random.nextInt(3) == 0 ? random.nextInt(table.keys) : random.nextInt(table.keys / 6) * 6;
        if (!settings.has(kind)) {
            return;
        }
        switch (kind) {
            case CASCADE -> cascade(connection, random, transaction);
            case COPY -> copy(connection, random, transaction, table, key);
            case BULK -> {
                String sql = "UPDATE %s SET n = coalesce(n, 0) + 1 WHERE %s %% 5 = %d"
                        .formatted(table.sqlName, table == SoakTable.PAIR ? "a" : "id", random.nextInt(5));
                log.add(transaction, sql, table.sqlName);
                SoakSource.execute(connection, sql);
            }
            case FOR_UPDATE -> {
                SoakSource.execute(
                        connection, "SELECT n FROM %s WHERE %s FOR UPDATE".formatted(table.sqlName, table.where(key)));
                run(connection, transaction, table, update(table, key, "v = 'locked " + random.nextInt(99) + "'"), key);
            }
            case INSERT -> {
                run(connection, transaction, table, insert(table, random, key), key);
            }
            case UPSERT -> {
                String more = random.nextBoolean() ? ", embedding = excluded.embedding" : "";
                run(
                        connection,
                        transaction,
                        table,
                        insert(table, random, key) + """
                         ON CONFLICT (%s) DO UPDATE SET v = excluded.v, n = coalesce(%s.n, 0) + 1%s""".formatted(table.keyColumns(), table.sqlName, more),
                        key);
            }
            case DELETE ->
                run(
                        connection,
                        transaction,
                        table,
                        "DELETE FROM %s WHERE %s".formatted(table.sqlName, table.where(key)),
                        key);
            case KEY_CHANGE -> {
                int other = random.nextInt(table.keys);
                String parent = table == SoakTable.PAIR
                        ? " AND EXISTS (SELECT FROM parents WHERE id = %d)".formatted(table.parent(other))
                        : "";
                run(
                        connection,
                        transaction,
                        table,
                        update(table, key, table.setKey(other))
                                + " AND NOT EXISTS (SELECT FROM %s WHERE %s)%s"
                                        .formatted(table.sqlName, table.where(other), parent),
                        key,
                        other);
            }
            case UPDATE -> run(connection, transaction, table, update(table, key, "n = coalesce(n, 0) + 1"), key);
            case VECTOR ->
                run(connection, transaction, table, update(table, key, "embedding = " + table.vector(random)), key);
            case NULL_VECTOR -> run(connection, transaction, table, update(table, key, "embedding = NULL"), key);
            case FILL -> run(connection, transaction, table, update(table, key, filled(table, random)), key);
            default -> throw new IllegalStateException(kind + " is no statement");
        }
    }

    /** @param keys that the statement touches: by the trigger, rows of another table too */
    private void run(
            Connection connection, OperationLog.Transaction transaction, SoakTable table, String sql, int... keys)
            throws SQLException {
        for (int key : keys) {
            log.add(transaction, sql, table.sqlName, table.id(key));
            if (table == SoakTable.PART && key % 3 == 0) {
                log.add(transaction, sql, SoakTable.ORD.sqlName, Integer.toString(SoakSource.followed(key)));
            }
        }
        SoakSource.execute(connection, sql);
    }

    private static String update(SoakTable table, int key, String set) {
        return "UPDATE %s SET %s WHERE %s".formatted(table.sqlName, set, table.where(key));
    }

    private static String insert(SoakTable table, Random random, int key) {
        boolean body = table == SoakTable.BIG && random.nextInt(3) == 0;
        String parent = table == SoakTable.PAIR
                ? "WITH p AS (INSERT INTO parents VALUES (%d) ON CONFLICT DO NOTHING) ".formatted(table.parent(key))
                : "";
        return "%sINSERT INTO %s (%s, v, n, q, w, embedding%s) VALUES (%s, %s, %d, %s, 'w%d', %s%s)"
                .formatted(
                        parent,
                        table.sqlName,
                        table.keyColumns(),
                        body ? ", body" : "",
                        table.keyValues(key),
                        text(random),
                        random.nextInt(1_000),
                        random.nextInt(100_000) / 100.0,
                        random.nextInt(1_000),
                        random.nextInt(12) == 0 ? "NULL" : table.vector(random),
                        body ? ", '" + body(random) + "'" : "");
    }

    private static String text(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> "'it''s \"%d\"'".formatted(random.nextInt(1_000));
            case 1 -> "'é\\%d'".formatted(random.nextInt(1_000));
            default -> "'text %d'".formatted(random.nextInt(1_000_000));
        };
    }

    /** Does not compress, and is stored out of line. */
    private static String body(Random random) {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < BODY; i++) {
            body.append((char) ('0' + random.nextInt(70)));
        }
        return body.toString().replace("'", ".").replace("\\", ".");
    }

    private String filled(SoakTable table, Random random) {
        List<SoakSource.Column> added = source.added(table);
        int which = random.nextInt(20);
        int value = random.nextInt(1_000);
        if (added.isEmpty()) {
            return which % 2 == 0 ? "q = %d.25".formatted(value) : "w = 'w%d'".formatted(value);
        }
        SoakSource.Column column = added.get(which % added.size());
        return column.name() + " = " + SchemaEvents.literal(column.type(), value);
    }

    private void cascade(Connection connection, Random random, OperationLog.Transaction transaction)
            throws SQLException {
        int parent = random.nextInt(SoakTable.PARENTS);
        int other = random.nextInt(SoakTable.PARENTS);
        String sql =
                switch (random.nextInt(3)) {
                    case 0 -> "DELETE FROM parents WHERE id = %d".formatted(parent);
                    case 1 ->
                        "UPDATE parents SET id = %1$d WHERE id = %2$d AND NOT EXISTS (SELECT FROM parents WHERE id = %1$d)"
                                .formatted(other, parent);
                    default -> "INSERT INTO parents VALUES (%d) ON CONFLICT DO NOTHING".formatted(parent);
                };
        List<String> ids = new ArrayList<>();
        for (int key = 0; key < SoakTable.PAIR.keys; key++) {
            if (SoakTable.PAIR.parent(key) == parent || SoakTable.PAIR.parent(key) == other) {
                ids.add(SoakTable.PAIR.id(key));
            }
        }
        log.add(transaction, sql, SoakTable.PAIR.sqlName, ids.toArray(String[]::new));
        SoakSource.execute(connection, sql);
    }

    private void copy(
            Connection connection, Random random, OperationLog.Transaction transaction, SoakTable table, int key)
            throws SQLException, IOException {
        SoakTable into = table == SoakTable.PAIR ? SoakTable.ORD : table;
        int from = Math.min(key, into.keys - 5);
        StringBuilder rows = new StringBuilder();
        for (int id = from; id < from + 5; id++) {
            String vector = into.vector(random).replace("'", "");
            rows.append("%d\tcopied\t%d\t%s%n".formatted(id, random.nextInt(1_000), vector));
        }
        run(
                connection,
                transaction,
                into,
                "DELETE FROM %s WHERE id BETWEEN %d AND %d".formatted(into.sqlName, from, from + 4),
                from,
                from + 1,
                from + 2,
                from + 3,
                from + 4);
        String sql = "COPY %s (id, v, n, embedding) FROM STDIN".formatted(into.sqlName);
        for (int id = from; id < from + 5; id++) {
            log.add(transaction, sql, into.sqlName, into.id(id));
        }
        connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql, new StringReader(rows.toString()));
    }
}
