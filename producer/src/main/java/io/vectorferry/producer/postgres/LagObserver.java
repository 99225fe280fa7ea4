package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.access.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.postgresql.replication.LogSequenceNumber;

/** Looks once a second how far the server's log is ahead of capture. */
final class LagObserver {
    private static final long PERIOD_MILLIS = 1_000;

    private final Connections connections;
    private final CaptureState state;
    private final CountDownLatch stopped = new CountDownLatch(1);

    LagObserver(Connections connections, CaptureState state) {
        this.connections = connections;
        this.state = state;
    }

    void run() throws InterruptedException {
        try (Connection connection = connections.readOnly();
                Statement statement = connection.createStatement()) {
            while (!stopped.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
                try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_flush_lsn()::text")) {
                    row.next();
                    state.observed(LogSequenceNumber.valueOf(row.getString(1)).asLong());
                }
            }
        } catch (SQLException e) {
            throw FerryException.retryable("PostgreSQL does not answer: " + Connections.firstLine(e), e);
        }
    }

    void stop() {
        stopped.countDown();
    }
}
