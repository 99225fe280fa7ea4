package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.access.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;

/** The pipeline's logical replication slot. */
final class ReplicationSlot {
    private final Connections connections;
    private final String name;

    /** @param walStatus reserved, extended, unreserved or lost */
    record State(boolean active, String plugin, String database, String walStatus, long confirmed) {}

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

    /** Returns its consistent point: every transaction that commits after it will be captured. */
    long create() {
        try (Connection connection = connections.replication()) {
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
            throw FerryException.misconfigured(
                    "the replication slot %s could not be created: %s".formatted(name, Connections.firstLine(e)),
                    "Run `ferry doctor`: it names the privilege or the setting that is missing.",
                    e);
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
