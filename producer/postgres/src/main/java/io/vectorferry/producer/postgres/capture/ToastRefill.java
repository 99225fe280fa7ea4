package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.producer.postgres.table.RowsByKey;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows whose TOASTed values the log left out: one query a table for a whole batch. What it reads may be newer than
 * the event, which is safe, since the newer change follows. For one thread.
 */
final class ToastRefill implements AutoCloseable {
    private static final int MAX_KEYS_PER_QUERY = 2_000;
    private static final long VISIBILITY_PAUSE_NANOS = 2_000_000;
    private static final long VISIBILITY_TIMEOUT_NANOS = 60_000_000_000L;

    private final Connections connections;
    private @Nullable Connection connection;

    ToastRefill(Connections connections) {
        this.connections = connections;
    }

    /** The rows that still stand; a key that is absent was deleted since, and its deletion follows. */
    Map<SourceKey, Row> rows(List<LogEvent.Written> holes) {
        Map<TableShape, List<SourceKey>> byTable = new LinkedHashMap<>();
        Map<SourceKey, Row> found = new HashMap<>();
        for (LogEvent.Written hole : holes) {
            byTable.computeIfAbsent(hole.shape(), shape -> new ArrayList<>()).add(hole.key());
        }
        try {
            Connection open = connection();
            awaitVisible(open, holes);
            for (var table : byTable.entrySet()) {
                List<SourceKey> keys = table.getValue();
                for (int from = 0; from < keys.size(); from += MAX_KEYS_PER_QUERY) {
                    found.putAll(new RowsByKey(table.getKey())
                            .read(open, keys.subList(from, Math.min(from + MAX_KEYS_PER_QUERY, keys.size()))));
                }
            }
            return found;
        } catch (SQLException e) {
            close();
            throw FerryException.retryable(
                    "rows could not be read again for values that the log omits: " + Connections.firstLine(e), e);
        }
    }

    /**
     * A transaction is decoded as soon as its commit is in the log, an instant before other sessions see it: a row read
     * in that instant would be the one before, or none.
     */
    private static void awaitVisible(Connection open, List<LogEvent.Written> holes) throws SQLException {
        long newest =
                holes.stream().mapToLong(LogEvent.Written::transaction).max().orElse(0);
        List<Long> transactions =
                holes.stream().map(LogEvent.Written::transaction).distinct().toList();
        try (PreparedStatement statement = open.prepareStatement("""
                SELECT bool_and(pg_visible_in_snapshot((x.low + (s.xmax >> 32 << 32)
                         - CASE WHEN x.low > (s.xmax & 4294967295) + 1000000 THEN 4294967296 ELSE 0 END)::text::xid8, s.snapshot))
                FROM unnest(?) x (low), (SELECT pg_current_snapshot() AS snapshot,
                         pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS xmax) s""")) {
            statement.setArray(1, open.createArrayOf("bigint", transactions.toArray()));
            long deadline = System.nanoTime() + VISIBILITY_TIMEOUT_NANOS;
            while (newest > 0 && !Thread.currentThread().isInterrupted()) {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    if (row.getBoolean(1)) {
                        return;
                    }
                }
                if (System.nanoTime() > deadline) {
                    throw new SQLException(
                            "a transaction that is in the log stays invisible: its commit waits for a synchronous standby (synchronous_standby_names)");
                }
                LockSupport.parkNanos(VISIBILITY_PAUSE_NANOS);
            }
        }
    }

    private Connection connection() {
        Connection open = connection;
        if (open == null) {
            open = connections.readOnly();
            connection = open;
        }
        return open;
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                // the session is gone either way
            }
        }
    }
}
