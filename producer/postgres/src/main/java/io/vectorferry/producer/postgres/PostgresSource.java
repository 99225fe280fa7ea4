package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.doctor.PostgresDoctor;
import io.vectorferry.producer.postgres.doctor.PostgresPlanner;
import io.vectorferry.producer.postgres.read.PostgresReader;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.stage.RequestedGeneration;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Tables of one PostgreSQL database. */
final class PostgresSource implements Source {
    private final PostgresConfig config;
    private final Connections connections;
    private final RequestedGeneration newGeneration = new RequestedGeneration();

    PostgresSource(PostgresConfig config) {
        this.config = config;
        this.connections = config.connections();
    }

    @Override
    public List<String> collections() {
        return config.tables().stream().map(PostgresConfig.Table::collection).toList();
    }

    @Override
    public List<Finding> doctor() {
        return new PostgresDoctor(config, connections).findings();
    }

    @Override
    public SourcePlan plan() {
        try (Connection connection = connections.readOnly()) {
            return new PostgresPlanner(config).plan(connection);
        } catch (SQLException e) {
            throw FerryException.retryable("the catalog could not be read: " + Connections.firstLine(e), e);
        }
    }

    @Override
    public SourceReader reader() {
        return new PostgresReader(config, connections);
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new PostgresBarriers(connections, config);
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return new PostgresStage(config, kafka, topics, newGeneration.with(options));
    }
}
