package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The tables as last read from the catalog, and read again when the log shows that one was altered. Safe for any thread. */
final class LiveTables {
    private final Connections connections;
    private final TableShapes catalog;
    private final Map<String, TableShape> current = new ConcurrentHashMap<>();

    LiveTables(Connections connections, TableShapes catalog, List<TableShape> shapes) {
        this.connections = connections;
        this.catalog = catalog;
        shapes.forEach(shape -> current.put(shape.collection(), shape));
    }

    TableShape of(String collection) {
        TableShape shape = current.get(collection);
        if (shape == null) {
            throw FerryException.retryable(
                    "the log holds a change of %s, which the pipeline does not name".formatted(collection),
                    new IllegalStateException(collection));
        }
        return shape;
    }

    TableShape readAgain(String collection) {
        try (Connection connection = connections.readOnly()) {
            TableShape now = catalog.read(connection, collection);
            current.put(collection, now);
            return now;
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read for " + collection, e);
        }
    }
}
