package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;

/** Looks once a second how far the server's log is ahead of capture, and whether the server still hears capture. */
public final class LagObserver {
    private static final long PERIOD_MILLIS = 1_000;

    private final String slot;
    private final Connections connections;
    private final CaptureState state;
    private final CaptureLink link = new CaptureLink();
    private final CountDownLatch stopped = new CountDownLatch(1);

    LagObserver(PostgresConfig config, Connections connections, CaptureState state) {
        this.slot = config.slot();
        this.connections = connections;
        this.state = state;
    }

    public void run() throws InterruptedException {
        try (Connection connection = connections.readOnly();
                PreparedStatement statement = connection.prepareStatement("""
                        SELECT pg_current_wal_flush_lsn()::text, s.active_pid, r.reply_time::text, a.wait_event_type
                        FROM (SELECT) one
                            LEFT JOIN pg_replication_slots s ON s.slot_name = ?
                            LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid
                            LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid""")) {
            statement.setString(1, slot);
            while (!stopped.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS)) {
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    state.observed(LogSequenceNumber.valueOf(row.getString(1)).asLong());
                    link.observed(row.getInt(2), row.getString(3), row.getString(4));
                }
            }
        } catch (SQLException e) {
            throw FerryException.retryable("PostgreSQL does not respond: " + Connections.firstLine(e), e);
        }
    }

    public void stop() {
        stopped.countDown();
    }

    /**
     * The replication connection as the server sees it. Capture says every ten seconds how far it is, and reads whatever the
     * server sends; nothing in it notices when neither arrives.
     */
    static final class CaptureLink {
        /** Maximum number of observations, so that the time of a suspended process does not count. */
        private static final int MAX_SILENT_LOOKS = 35;

        private static final int MAX_LOOKS_WITHOUT_READER = 15;

        private int reader;
        private String lastReply = "";
        private int silentLooks;
        private int looksWithoutReader;

        /**
         * Counts, and fails when the connection is lost.
         *
         * @param pid of the server's process that reads the slot; 0: there is none
         * @param reply when capture last said how far it is
         * @param waitsFor the kind of event that the process waits for; null: it works
         */
        void observed(int pid, @Nullable String reply, @Nullable String waitsFor) {
            if (pid == 0) {
                lost(
                        reader != 0 && ++looksWithoutReader > MAX_LOOKS_WITHOUT_READER,
                        "has ended the replication connection");
                return;
            }
            looksWithoutReader = 0;
            boolean isIdle = "Activity".equals(waitsFor) || "Client".equals(waitsFor);
            boolean isSilent = pid == reader && reply != null && reply.equals(lastReply) && isIdle;
            reader = pid;
            lastReply = reply == null ? "" : reply;
            silentLooks = isSilent ? silentLooks + 1 : 0;
            lost(
                    silentLooks > MAX_SILENT_LOOKS,
                    "has received nothing over the replication connection for %d s".formatted(silentLooks));
        }

        private static void lost(boolean isLost, String how) {
            if (isLost) {
                throw FerryException.retryable(
                        "PostgreSQL responds, but %s, and capture has not noticed: the connection is lost"
                                .formatted(how),
                        new IllegalStateException("silent"));
            }
        }
    }
}
