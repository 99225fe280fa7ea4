package io.vectorferry.producer.postgres.read;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.table.RowsByKey;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.spi.RowBlocks;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads the tables of one PostgreSQL database, each call in a read-only session of its own. */
public final class PostgresReader implements SourceReader {
    private final PostgresConfig config;
    private final Connections connections;

    public PostgresReader(PostgresConfig config, Connections connections) {
        this.config = config;
        this.connections = connections;
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        scan(collection, "", rows, mark -> {});
    }

    @Override
    public boolean continuesFrom(String collection, String mark) {
        try (Connection connection = connections.readOnly()) {
            return TableVersion.read(connection, config, config.table(collection))
                    .filter(FullTableScan.Mark.parse(mark)::isOf)
                    .isPresent();
        } catch (SQLException e) {
            throw unread(collection, e);
        }
    }

    @Override
    public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        try (Connection connection = connections.readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, collection);
            new FullTableScan(shape, config, rows, marks).read(connection, mark);
        } catch (SQLException e) {
            throw unread(collection, e);
        }
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        try (Connection connection = connections.readOnly()) {
            return new RowsByKey(new TableShapes(config).read(connection, collection)).find(connection, keys);
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "rows of %s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    @Override
    public RowBlocks blocks(String collection) {
        return new KeyOrder(collection);
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        return searchMetric(collection, TableShape::vector);
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection, String vector) {
        return searchMetric(collection, shape -> shape.vector(vector));
    }

    private Optional<DistanceMetric> searchMetric(
            String collection, Function<TableShape, Optional<TableShape.Column>> which) {
        try (Connection connection = connections.readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, collection);
            Optional<TableShape.Column> vector = which.apply(shape);
            return vector.isEmpty() ? Optional.empty() : VectorIndexes.metric(connection, shape, vector.get());
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "the indexes of %s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    @Override
    public Optional<SourceSearch> search(String collection) {
        return search(collection, TableShape::vector);
    }

    @Override
    public Optional<SourceSearch> search(String collection, String vector) {
        return search(collection, shape -> shape.vector(vector));
    }

    private Optional<SourceSearch> search(String collection, Function<TableShape, Optional<TableShape.Column>> which) {
        try (Connection connection = connections.readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, collection);
            Optional<TableShape.Column> vector = which.apply(shape);
            if (vector.isEmpty()) {
                return Optional.empty();
            }
            TableSearch.Operators operators = TableSearch.operators(connection, shape, vector.get());
            if (!operators.usable()) {
                String user = config.address().user();
                throw FerryException.misconfigured(operators.refusal(user), operators.remedy(user));
            }
            return Optional.of(new TableSearch(connections.readOnly(), shape, vector.get(), operators));
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "%s could not be searched: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    private static FerryException unread(String collection, SQLException e) {
        return FerryException.retryable("%s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
    }

    /** A table in the order of its keys. Between two blocks nothing is held but the last key: a row whose key stays cannot slip through. */
    private final class KeyOrder implements RowBlocks {
        private final String collection;
        private @Nullable SourceKey last;

        KeyOrder(String collection) {
            this.collection = collection;
        }

        @Override
        public List<SourceRow> next(int rows) {
            List<SourceRow> block = new ArrayList<>();
            try (Connection connection = connections.readOnly()) {
                TableShape shape = new TableShapes(config).read(connection, collection);
                new RowsByKey(shape)
                        .page(
                                connection,
                                last,
                                rows,
                                row -> block.add(new SourceRow(row.key(), row.row(), row.problem())));
            } catch (SQLException e) {
                throw FerryException.retryable(
                        "%s could not be read in the order of its keys: %s"
                                .formatted(collection, Connections.firstLine(e)),
                        e);
            }
            if (!block.isEmpty()) {
                last = block.getLast().key();
            }
            return block;
        }
    }
}
