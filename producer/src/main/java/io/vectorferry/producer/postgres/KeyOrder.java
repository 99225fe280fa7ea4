package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.SourceRow;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.table.KeyedRows;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A table in the order of its keys. Between two blocks nothing is held but the last key: a row whose key stays cannot slip through. */
final class KeyOrder implements RowBlocks {
    private final TableShapes shapes;
    private final Connections connections;
    private final String collection;
    private @Nullable SourceKey last;

    KeyOrder(TableShapes shapes, Connections connections, String collection) {
        this.shapes = shapes;
        this.connections = connections;
        this.collection = collection;
    }

    @Override
    public List<SourceRow> next(int rows) {
        List<SourceRow> block = new ArrayList<>();
        try (Connection connection = connections.readOnly()) {
            TableShape shape = shapes.read(connection, collection);
            new KeyedRows(shape)
                    .page(connection, last, rows, row -> block.add(new SourceRow(row.key(), row.row(), row.problem())));
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "%s could not be read in the order of its keys: %s".formatted(collection, Connections.firstLine(e)),
                    e);
        }
        if (!block.isEmpty()) {
            last = block.getLast().key();
        }
        return block;
    }
}
