package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.capture.TableMark;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks every few seconds whether a table was altered so that its old rows are stale, and marks the place in the log: a
 * generation that began at once would take in changes from before the alteration that are still on their way.
 */
final class TableWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TableWatch.class);
    private static final long PERIOD_MILLIS = 2_000;

    private final PostgresConfig config;
    private final Connections connections;
    private final LiveTables tables;
    private final TableGenerations generations;
    private final SnapshotRunner snapshots;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Map<String, String> marked = new HashMap<>();

    TableWatch(
            PostgresConfig config,
            Connections connections,
            LiveTables tables,
            TableGenerations generations,
            SnapshotRunner snapshots) {
        this.config = config;
        this.connections = connections;
        this.tables = tables;
        this.generations = generations;
        this.snapshots = snapshots;
    }

    /** Blocks until stopped. */
    void run() throws InterruptedException {
        try (Connection connection = connections.writable()) {
            do {
                for (PostgresConfig.Table table : config.tables()) {
                    look(connection, table);
                }
            } while (!stopped.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS));
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be watched: " + Connections.firstLine(e), e);
        }
    }

    void stop() {
        stopped.countDown();
    }

    private void look(Connection connection, PostgresConfig.Table table) throws SQLException {
        String collection = table.collection();
        Optional<TableVersion> now = TableVersion.read(connection, table);
        if (now.isPresent()
                && now.get().leavesStale(generations.version(collection))
                && !now.get().text().equals(marked.put(collection, now.get().text()))) {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT pg_logical_emit_message(true, ?, ?)")) {
                statement.setString(1, TableMark.prefix(config.pipeline()));
                statement.setBytes(2, new TableMark(collection, now.get().text()).content());
                statement.execute();
            }
        }
    }

    /** Capture has come to a mark. Called from its thread; a mark that comes again, or that a newer one follows, does nothing. */
    void reached(TableMark mark, long place) {
        String collection = mark.collection();
        if (!generations.passes(mark) && isCurrent(mark)) {
            tables.readAgain(collection);
            generations.advance(collection, new TableVersion(mark.version()), place);
            LOG.info(
                    "{} was altered so that its old rows have other values, of which the log holds no change: it is read again, in generation {}",
                    collection,
                    generations.of(collection));
            snapshots.restart(collection);
        }
    }

    private boolean isCurrent(TableMark mark) {
        try (Connection connection = connections.readOnly()) {
            for (PostgresConfig.Table table : config.tables()) {
                if (table.collection().equals(mark.collection())) {
                    return TableVersion.read(connection, table)
                            .filter(now -> now.text().equals(mark.version()))
                            .isPresent();
                }
            }
            return false; // of a table that the pipeline no longer names
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read for " + mark.collection(), e);
        }
    }
}
