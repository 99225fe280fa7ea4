package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.Finding;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that were open at a moment and had written something. What they wrote may be in the log before the
 * position from which changes count, and is in no snapshot as long as they are open; a commit that waits for a
 * synchronous standby is decoded while it is still invisible.
 */
public final class OlderTransactions {
    private static final int MAX_NAMED = 3;
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A wait is reported once it has lasted this long, and again this often. */
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long DOCTOR_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** pg_locks is open to every role and names the session of a transaction id, of which it has the low 32 bits. */
    private static final String QUERY = """
            SELECT a.pid, a.usename, a.application_name, a.state, a.wait_event, a.xact_start,
                   p.gid, p.owner, p.prepared
            FROM pg_snapshot_xip(pg_current_snapshot()) x (id)
            LEFT JOIN pg_locks l ON l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
                  AND l.transactionid::text::bigint = x.id::text::bigint & 4294967295
            LEFT JOIN pg_stat_activity a ON a.pid = l.pid
            LEFT JOIN pg_prepared_xacts p ON p.transaction::text::bigint = x.id::text::bigint & 4294967295
            WHERE x.id < ?::text::xid8
                  AND (? OR coalesce(a.datname, p.database, current_database()) = current_database())
            ORDER BY x.id""";

    private final String before;
    private final boolean ofEveryDatabase;

    private OlderTransactions(String before, boolean ofEveryDatabase) {
        this.before = before;
        this.ofEveryDatabase = ofEveryDatabase;
    }

    /** Returns the transactions of this database, the only ones that can write to its tables. */
    public static OlderTransactions ofDatabase(Connection connection) throws SQLException {
        return new OlderTransactions(freshId(connection), false);
    }

    /** Returns the transactions of the server, for which the creation of a slot waits. */
    public static OlderTransactions ofServer(Connection connection) throws SQLException {
        return new OlderTransactions(freshId(connection), true);
    }

    /** A snapshot's xmax is not enough: it is before the newest transaction as long as that is open. */
    private static String freshId(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
            row.next();
            return row.getString(1);
        }
    }

    /** One that is open: a session's, or a prepared one. */
    public record Open(
            @Nullable Integer pid,
            String user,
            String application,
            String state,
            boolean awaitsStandby,
            @Nullable OffsetDateTime since,
            @Nullable String prepared) {

        /**
         * Returns the description; without the privilege to see other sessions (pg_read_all_stats), PostgreSQL hides
         * state and time.
         */
        public String text() {
            String who = prepared != null
                    ? "the prepared transaction '%s' of %s".formatted(prepared, user)
                    : pid == null
                            ? "a transaction that is just ending"
                            : "session %d of %s (%s)".formatted(pid, user, application.isEmpty() ? "-" : application);
            String what = awaitsStandby
                    ? ", whose commit waits for a synchronous standby"
                    : state.isEmpty() || prepared != null ? "" : ", " + state;
            return who + what + (since == null ? "" : ", since " + since.truncatedTo(ChronoUnit.SECONDS));
        }

        public String remedy() {
            if (prepared != null) {
                String name = prepared.replace("'", "''");
                return "COMMIT PREPARED '%s'; or ROLLBACK PREPARED '%s';".formatted(name, name);
            }
            if (awaitsStandby) {
                return "start the standby, or remove it from synchronous_standby_names";
            }
            return pid == null ? "" : "end it there, or SELECT pg_terminate_backend(%d);".formatted(pid);
        }
    }

    public List<Open> stillOpen(Connection connection) throws SQLException {
        List<Open> open = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(QUERY)) {
            statement.setString(1, before);
            statement.setBoolean(2, ofEveryDatabase);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    boolean prepared = row.getString("gid") != null;
                    open.add(new Open(
                            row.getObject("pid", Integer.class),
                            text(row, prepared ? "owner" : "usename"),
                            text(row, "application_name"),
                            text(row, "state"),
                            text(row, "wait_event").equals("SyncRep"),
                            row.getObject(prepared ? "prepared" : "xact_start", OffsetDateTime.class),
                            row.getString("gid")));
                }
            }
        }
        return open;
    }

    /**
     * Returns when all have ended, or when stopped.
     *
     * @param waiting is given the text for people, each second
     */
    public void awaitEnd(Connection connection, BooleanSupplier stopped, Consumer<String> waiting) throws SQLException {
        long report = System.nanoTime() + REPORT_NANOS;
        for (List<Open> open = stillOpen(connection);
                !open.isEmpty() && !stopped.getAsBoolean();
                open = stillOpen(connection)) {
            if (System.nanoTime() - report >= 0) {
                waiting.accept(text(open));
                report = System.nanoTime() + REPORT_NANOS;
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    public static String text(List<Open> open) {
        String named = open.stream()
                .limit(MAX_NAMED)
                .map(one -> one.remedy().isEmpty() ? one.text() : one.text() + " (" + one.remedy() + ")")
                .collect(Collectors.joining("; "));
        return "waits for transactions that were open before: " + named
                + (open.size() > MAX_NAMED ? "; and %d more".formatted(open.size() - MAX_NAMED) : "");
    }

    /** A warning for each that stays open while the doctor looks. */
    public static List<Finding> findings(Connection connection) throws SQLException {
        if (isStandby(connection)) {
            return List.of(); // it gives no transaction ids
        }
        OlderTransactions older = ofServer(connection);
        if (!older.stillOpen(connection).isEmpty()) {
            LockSupport.parkNanos(DOCTOR_PATIENCE_NANOS);
        }
        return older.stillOpen(connection).stream()
                .map(open -> Finding.warning(
                        "open_transaction",
                        open.text() + " is open: a first start waits for it, and so does each table that is read again",
                        open.remedy()))
                .toList();
    }

    private static boolean isStandby(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_is_in_recovery()")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static String text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column)).orElse("");
    }
}
