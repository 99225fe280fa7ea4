package io.vectorferry.sink.postgres;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.postgres.read.PostgresReader;
import io.vectorferry.sink.postgres.write.PostgresWriter;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetCapabilities;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.postgres.session.Connections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Tables of one PostgreSQL database. */
public final class PostgresTarget implements Target {
    private final String name;
    private final PostgresTargetConfig config;
    private final Connections connections;

    public PostgresTarget(String name, PostgresTargetConfig config) {
        this.name = name;
        this.config = config;
        this.connections = new Connections(config.address(), "vectorferry sink " + name);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public TargetCapabilities capabilities() {
        return new TargetCapabilities(true, true);
    }

    @Override
    public String tableOf(String collection) {
        return config.tableOf(collection).collection();
    }

    @Override
    public TargetWriter writer(String collection, Supplier<Optional<DistanceMetric>> searchedBy) {
        return new PostgresWriter(config.tableOf(collection), config, connections, searchedBy);
    }

    @Override
    public TargetReader reader(String collection, Optional<DistanceMetric> searchedBy) {
        return new PostgresReader(
                config.tableOf(collection), connections, config.index().metric(searchedBy));
    }

    @Override
    public List<Finding> check(List<String> collections) {
        return new TargetChecks(name, config, connections).run(collections);
    }

    @Override
    public void close() {
        // Each writer and reader has a connection of its own.
    }
}
