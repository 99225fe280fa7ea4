package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.SqlErrors;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** The pipeline's logical replication slot. */
public final class ReplicationSlot {
    /** Decoding stops at a record; a barrier's transaction ends within so many bytes of log behind it. */
    private static final long COMMIT_DISTANCE = 16L * 1024 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int STATUS_SECONDS = 10;

    /** How a logical message begins in the protocol of pgoutput. */
    private static final byte MESSAGE = 'M';

    private final Connections connections;
    private final String name;
    private volatile @Nullable Connection creating;
    private volatile boolean cancelled;

    /**
     * @param walStatus reserved, extended, unreserved or lost
     * @param confirmed 0: it is not finished, since it is being made
     */
    public record State(boolean active, String plugin, String database, String walStatus, long confirmed) {
        public boolean isFinished() {
            return confirmed != 0;
        }
    }

    public ReplicationSlot(Connections connections, String name) {
        this.connections = connections;
        this.name = name;
    }

    public Optional<State> state(Connection connection) throws SQLException {
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
    public long create() {
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
            if (cancelled) {
                throw FerryException.retryable(
                        "the creation of the replication slot %s was canceled".formatted(name), e);
            }
            String failed =
                    "the replication slot %s could not be created: %s".formatted(name, Connections.firstLine(e));
            throw SqlErrors.mayPass(e)
                    ? FerryException.retryable(failed, e)
                    : FerryException.misconfigured(
                            failed, "Run `ferry doctor`: it names the privilege or the setting that is missing.", e);
        } finally {
            creating = null;
        }
    }

    /** Ends {@link #create} in another thread; the server drops what it has begun. */
    public void cancel() {
        cancelled = true;
        Connection open = creating;
        if (open != null) {
            try {
                open.unwrap(PGConnection.class).cancelQuery();
            } catch (SQLException e) {
                throw FerryException.retryable("the creation of the replication slot could not be canceled", e);
            }
        }
    }

    /**
     * Fails when the slot confirmed less than was captured and the log, decoded again from there, lacks the barrier that was
     * captured last: then this is not the log that was captured.
     */
    public void requireCaptured(Connection connection, State state, CaptureProgress recorded, String publication)
            throws SQLException {
        boolean behind = Long.compareUnsigned(state.confirmed(), recorded.getBarrierPlace()) < 0;
        boolean decodable = !state.walStatus().equals("lost") && state.plugin().equals("pgoutput");
        if (recorded.getBarrier().isEmpty() || !behind || !decodable || holds(connection, recorded, publication)) {
            return;
        }
        throw ServerIdentity.refused(
                "its log does not contain the barrier that was captured at %s: it was restored to an earlier state"
                        .formatted(LogSequenceNumber.valueOf(recorded.getBarrierPlace())
                                .asString()));
    }

    /**
     * Reads the slot without confirming anything, row by row: pg_logical_slot_peek_binary_changes would first store all rows in
     * temporary files of the server.
     */
    private boolean holds(Connection connection, CaptureProgress recorded, String publication) throws SQLException {
        long until = Math.min(recorded.getBarrierPlace() + COMMIT_DISTANCE, flushed(connection));
        boolean found;
        try (Connection replication = connections.replication()) {
            PGReplicationStream stream = replication
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(name)
                    .withSlotOption("proto_version", "1")
                    .withSlotOption("publication_names", QualifiedName.quoted(publication))
                    .withSlotOption("messages", "true")
                    .withStatusInterval(STATUS_SECONDS, TimeUnit.SECONDS)
                    .withAutomaticFlush(false)
                    .start();
            found = comes(stream, recorded.getBarrier().getBytes(StandardCharsets.UTF_8), until);
        }
        awaitFree(connection);
        return found;
    }

    private boolean comes(PGReplicationStream stream, byte[] barrier, long until) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        // Transactions come in the order of their commits: one with a change behind the place has committed behind it.
        while (Long.compareUnsigned(stream.getLastReceiveLSN().asLong(), until) < 0) {
            ByteBuffer message = stream.readPending();
            if (message == null) {
                pause(deadline, "the server sends nothing from the replication slot %s".formatted(name));
                continue;
            }
            if (message.get(message.position()) == MESSAGE && contains(message, barrier)) {
                return true;
            }
            deadline = System.nanoTime() + PATIENCE.toNanos();
        }
        return false;
    }

    private static boolean contains(ByteBuffer message, byte[] part) {
        for (int at = message.position(); at + part.length <= message.limit(); at++) {
            if (message.slice(at, part.length).equals(ByteBuffer.wrap(part))) {
                return true;
            }
        }
        return false;
    }

    /** The server ends the session an instant after it was closed. */
    private void awaitFree(Connection connection) throws SQLException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (state(connection).filter(State::active).isPresent()) {
            pause(deadline, "the server has not ended the session that read the replication slot %s".formatted(name));
        }
    }

    private static void pause(long deadline, String problem) {
        if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
            throw FerryException.retryable(
                    "%s within %d s".formatted(problem, PATIENCE.toSeconds()), new IllegalStateException("no answer"));
        }
        LockSupport.parkNanos(PAUSE.toNanos());
    }

    private static long flushed(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_current_wal_flush_lsn()::text");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString(1)).asLong();
        }
    }

    public void drop(Connection writable) {
        try (PreparedStatement statement = writable.prepareStatement("SELECT pg_drop_replication_slot(?)")) {
            statement.setString(1, name);
            statement.execute();
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "the replication slot %s could not be dropped: %s".formatted(name, Connections.firstLine(e)), e);
        }
    }
}
