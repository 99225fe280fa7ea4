package io.vectorferry.producer.postgres.mark;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.stores.postgres.session.Connections;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/**
 * Marks the log after rows were read from a state that capture has not come to, and before they are published. Capture must
 * come to each mark: a server that was restored to a state before it lacks what the rows show. Safe for any thread.
 */
public final class ReadMarks implements AutoCloseable {
    private static final String SUFFIX = ".read";
    private static final int STANDBY_PATIENCE_SECONDS = 5;

    private final Connections connections;
    private final String prefix;
    private final OutstandingMarks outstanding;
    private final Runnable record;
    private @Nullable Connection connection;

    /** A server that is restored ends its sessions: what a session wrote before is in the log if its last mark is. */
    private String session = "";

    /** @param record makes durable what is outstanding */
    public ReadMarks(Connections connections, String pipeline, OutstandingMarks outstanding, Runnable record) {
        this.connections = connections;
        this.prefix = BarrierMessage.prefix(pipeline) + SUFFIX;
        this.outstanding = outstanding;
        this.record = record;
    }

    /** Returns whether the prefix is that of such a message, whose content is the id of the mark. */
    public static boolean isOf(String pipelinePrefix, String prefix) {
        return prefix.equals(pipelinePrefix + SUFFIX);
    }

    /** Returns when a mark is in the log and recorded, behind all that any session could see before the call. */
    public synchronized void write() {
        String id = UUID.randomUUID().toString();
        outstanding.announced(id); // capture may come to it before its place is known here
        boolean written = false;
        try {
            Connection open = connection();
            long place = emit(open, id);
            outstanding.written(session, id, place, end(open));
            written = true;
        } catch (SQLException e) {
            close();
            throw FerryException.retryable(
                    "rows were read, and the log could not be marked: " + Connections.firstLine(e), e);
        } finally {
            if (!written) {
                outstanding.withdrawn(id);
            }
        }
        record.run();
    }

    private long emit(Connection open, String id) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement("SELECT pg_logical_emit_message(true, ?, ?)::text")) {
            statement.setQueryTimeout(STANDBY_PATIENCE_SECONDS);
            statement.setString(1, prefix);
            statement.setBytes(2, id.getBytes(StandardCharsets.UTF_8));
            long place = lsn(statement);
            if (statement.getWarnings() != null) {
                commitLocally(open); // it was committed, and no synchronous standby has confirmed it
            }
            return place;
        }
    }

    /** An absent standby stops the commits that wait for it, but not those of an application that commits locally, nor capture. */
    private static void commitLocally(Connection open) throws SQLException {
        try (Statement statement = open.createStatement()) {
            statement.execute("SET synchronous_commit = local");
        }
    }

    private static long end(Connection open) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement("SELECT pg_current_wal_insert_lsn()::text")) {
            return lsn(statement);
        }
    }

    private static long lsn(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString(1)).asLong();
        }
    }

    /**
     * Its commits wait a moment for a synchronous standby where the application's do: a standby that is promoted without the
     * mark looks like a restored server.
     */
    private Connection connection() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = connections.writable();
            connection = open;
            session = UUID.randomUUID().toString();
            try (Statement statement = open.createStatement()) {
                statement.execute(
                        "SELECT set_config('synchronous_commit', 'local', false) WHERE current_setting('synchronous_commit') = 'off'");
            }
        }
        return open;
    }

    @Override
    public synchronized void close() {
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
