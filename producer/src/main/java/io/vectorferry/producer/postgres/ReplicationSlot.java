package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.producer.postgres.access.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;

/** The pipeline's logical replication slot. */
final class ReplicationSlot {
    /** From which on pgoutput hands on logical messages. */
    private static final int MESSAGES_VERSION = 14;

    /** Decoding stops at a record; a barrier's transaction ends within so many bytes of log behind it. */
    private static final long COMMIT_DISTANCE = 16L * 1024 * 1024;

    private final Connections connections;
    private final String name;
    private volatile @Nullable Connection creating;
    private volatile boolean cancelled;

    /**
     * @param walStatus reserved, extended, unreserved or lost
     * @param confirmed 0: it is not finished, since it is being made
     */
    record State(boolean active, String plugin, String database, String walStatus, long confirmed) {
        boolean isFinished() {
            return confirmed != 0;
        }
    }

    ReplicationSlot(Connections connections, String name) {
        this.connections = connections;
        this.name = name;
    }

    Optional<State> state(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT active, plugin, database, coalesce(wal_status, 'lost'), coalesce(confirmed_flush_lsn, '0/0')::text
                FROM pg_replication_slots WHERE slot_name = ?""")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new State(
                                row.getBoolean(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                LogSequenceNumber.valueOf(row.getString(5)).asLong()))
                        : Optional.empty();
            }
        }
    }

    /**
     * Returns its consistent point: every transaction that commits after it will be captured. Waits for every
     * transaction of the server that has written something.
     */
    long create() {
        try (Connection connection = connections.replication()) {
            creating = connection;
            if (cancelled) {
                throw new SQLException("stopped");
            }
            var created = connection
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .createReplicationSlot()
                    .logical()
                    .withSlotName(name)
                    .withOutputPlugin("pgoutput")
                    .make();
            return created.getConsistentPoint().asLong();
        } catch (SQLException e) {
            throw cancelled
                    ? FerryException.retryable("the making of the replication slot %s was stopped".formatted(name), e)
                    : FerryException.misconfigured(
                            "the replication slot %s could not be created: %s"
                                    .formatted(name, Connections.firstLine(e)),
                            "Run `ferry doctor`: it names the privilege or the setting that is missing.",
                            e);
        } finally {
            creating = null;
        }
    }

    /** Ends {@link #create} in another thread; the server drops what it has begun. */
    void cancel() {
        cancelled = true;
        Connection open = creating;
        if (open != null) {
            try {
                open.unwrap(PGConnection.class).cancelQuery();
            } catch (SQLException e) {
                throw FerryException.retryable("the making of the replication slot could not be stopped", e);
            }
        }
    }

    /**
     * Fails when the slot confirmed less than was captured and the log, decoded again from there, lacks the barrier that was
     * captured last: then this is not the log that was captured.
     */
    void requireCaptured(Connection connection, State state, CaptureProgress recorded, String publication)
            throws SQLException {
        boolean behind = Long.compareUnsigned(state.confirmed(), recorded.getBarrierPlace()) < 0;
        boolean decodable = !state.walStatus().equals("lost") && state.plugin().equals("pgoutput");
        boolean messages = connection.getMetaData().getDatabaseMajorVersion() >= MESSAGES_VERSION;
        if (recorded.getBarrier().isEmpty()
                || !behind
                || !decodable
                || !messages
                || holds(connection, recorded, publication)) {
            return;
        }
        throw ServerIdentity.refused(
                "its log lacks the barrier that was captured at %s: it was restored to an earlier state"
                        .formatted(LogSequenceNumber.valueOf(recorded.getBarrierPlace())
                                .asString()));
    }

    private boolean holds(Connection connection, CaptureProgress recorded, String publication) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT count(*) > 0 FROM pg_logical_slot_peek_binary_changes(?, ?::pg_lsn, NULL,
                  'proto_version', '1', 'publication_names', ?, 'messages', 'true')
                WHERE position(convert_to(?, 'UTF8') IN data) > 0""")) {
            statement.setString(1, name);
            statement.setString(
                    2,
                    LogSequenceNumber.valueOf(recorded.getBarrierPlace() + COMMIT_DISTANCE)
                            .asString());
            statement.setString(3, publication);
            statement.setString(4, recorded.getBarrier());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    void drop(Connection writable) {
        try (PreparedStatement statement = writable.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            statement.setString(1, name);
            statement.execute();
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "the replication slot %s could not be dropped: %s".formatted(name, Connections.firstLine(e)), e);
        }
    }
}
