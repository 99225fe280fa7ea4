package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.ProducerOptions;
import io.vectorferry.producer.RowBlocks;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourcePlan;
import io.vectorferry.producer.SourceRow;
import io.vectorferry.producer.SourceSearch;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.table.KeyedRows;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Tables of one PostgreSQL database. */
final class PostgresSource implements Source {
    private final PostgresConfig config;
    private final Connections connections;
    private final AtomicBoolean newGeneration = new AtomicBoolean();
    private final AtomicBoolean asked = new AtomicBoolean();

    PostgresSource(PostgresConfig config) {
        this.config = config;
        this.connections = new Connections(config);
    }

    @Override
    public List<String> collections() {
        return config.tables().stream().map(PostgresConfig.Table::collection).toList();
    }

    @Override
    public List<Finding> doctor() {
        return new Doctor(config, connections).findings();
    }

    @Override
    public SourcePlan plan() {
        try (Connection connection = connections.readOnly()) {
            return new SourcePlanner(config).plan(connection);
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read: " + Connections.firstLine(e), e);
        }
    }

    @Override
    public void scan(String collection, Consumer<SourceRow> rows) {
        scan(collection, "", rows, mark -> {});
    }

    @Override
    public boolean continuesFrom(String collection, String mark) {
        try (Connection connection = connections.readOnly()) {
            return TableVersion.read(connection, config, config.table(collection))
                    .filter(ScanMark.parse(mark)::isOf)
                    .isPresent();
        } catch (SQLException e) {
            throw unread(collection, e);
        }
    }

    @Override
    public void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        try (Connection connection = connections.readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, collection);
            new WholeTable(shape, config, rows, marks).read(connection, mark);
        } catch (SQLException e) {
            throw unread(collection, e);
        }
    }

    @Override
    public List<SourceRow> fetch(String collection, Collection<SourceKey> keys) {
        try (Connection connection = connections.readOnly()) {
            return new KeyedRows(new TableShapes(config).read(connection, collection)).find(connection, keys);
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "rows of %s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    @Override
    public RowBlocks blocks(String collection) {
        return new KeyOrder(new TableShapes(config), connections, collection);
    }

    @Override
    public Optional<DistanceMetric> searchMetric(String collection) {
        try (Connection connection = connections.readOnly()) {
            return VectorIndexes.metric(connection, new TableShapes(config).read(connection, collection));
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "the indexes of %s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    @Override
    public Optional<SourceSearch> search(String collection) {
        try (Connection connection = connections.readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, collection);
            if (shape.vector().isEmpty()) {
                return Optional.empty();
            }
            TableSearch.Operators operators = TableSearch.operators(connection, shape);
            if (!operators.usable()) {
                String user = config.server().user();
                throw FerryException.misconfigured(operators.refusal(user), operators.remedy(user));
            }
            return Optional.of(new TableSearch(connections.readOnly(), shape, operators));
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "%s could not be searched: %s".formatted(collection, Connections.firstLine(e)), e);
        }
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new PostgresBarriers(connections, config);
    }

    /** A generation that was asked for begins once, however often the stage is started again. */
    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        if (options.newGeneration() && asked.compareAndSet(false, true)) {
            newGeneration.set(true);
        }
        return new PostgresStage(config, kafka, topics, newGeneration);
    }

    private static FerryException unread(String collection, SQLException e) {
        return FerryException.retryable("%s could not be read: %s".formatted(collection, Connections.firstLine(e)), e);
    }
}
