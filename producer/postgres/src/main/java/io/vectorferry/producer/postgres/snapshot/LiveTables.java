package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** The tables as last read from the catalog, and read again when the log shows that one was altered. Safe for any thread. */
public final class LiveTables {
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final PostgresConfig config;
    private final Connections connections;
    private final TableShapes catalog;
    private final TableGenerations generations;
    private final Map<String, TableShape> current = new ConcurrentHashMap<>();

    public LiveTables(
            PostgresConfig config,
            Connections connections,
            TableShapes catalog,
            TableGenerations generations,
            List<TableShape> shapes) {
        this.config = config;
        this.connections = connections;
        this.catalog = catalog;
        this.generations = generations;
        shapes.forEach(shape -> current.put(shape.collection(), shape));
    }

    /** Whether the pipeline names it; a publication of the user's own may have more tables. */
    public boolean has(String collection) {
        return current.containsKey(collection);
    }

    public TableShape of(String collection) {
        return Objects.requireNonNull(current.get(collection), collection);
    }

    /** Waits a while for a table that cannot be replicated as it is now: the application may be in the midst of altering it. */
    public TableShape readAgain(String collection) {
        AlterationPatience patience = new AlterationPatience(config.alterationPatience());
        while (true) {
            try (Connection connection = connections.readOnly()) {
                // First the columns: what is altered between the two is noticed as a newer version.
                TableVersion.read(connection, config, config.table(collection))
                        .ifPresent(now -> generations.seenColumns(collection, now));
                TableShape now = catalog.read(connection, collection);
                current.put(collection, now);
                return now;
            } catch (SQLException e) {
                throw FerryException.retryable("the catalog could not be read for " + collection, e);
            } catch (FerryException e) {
                if (e.kind() == FerryException.Kind.RETRYABLE || patience.isOver(e)) {
                    throw e;
                }
                pause(collection);
            }
        }
    }

    /** Fails unless every row of the table is read again behind what is captured now. */
    public void requireReplaced(String collection) {
        if (generations.ofChanges(collection) < generations.of(collection)) {
            return;
        }
        try (Connection connection = connections.readOnly()) {
            TableVersion before = generations.version(collection);
            boolean stale = TableVersion.read(connection, config, config.table(collection))
                    .map(now -> now.staleness(before).isPresent())
                    .orElse(true); // the watch reports that there is no table, and stops the pipeline if none comes
            if (!stale) {
                throw FerryException.misconfigured(
                        "the log has a change of %s without its key, although the table has not had another key"
                                .formatted(collection),
                        "Start a new generation: `ferry run --new-generation`.");
            }
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read for " + collection, e);
        }
    }

    private static void pause(String collection) {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while " + collection + " was altered", e);
        }
    }
}
