package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.publish.AnnouncedBarriers;
import io.vectorferry.producer.rescan.RescanStage;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.util.List;

/** Tables of one LanceDB database. */
final class LanceDbSource implements Source {
    private final LanceDbSourceConfig config;
    private final RequestedGeneration newGeneration = new RequestedGeneration();

    LanceDbSource(LanceDbSourceConfig config) {
        this.config = config;
    }

    /** Returns the configured tables, or else those that currently exist. */
    @Override
    public List<String> collections() {
        return LanceDbStore.tables(config);
    }

    @Override
    public boolean mayGrow() {
        return config.rescan().collections().isEmpty();
    }

    @Override
    public List<Finding> doctor() {
        return new LanceDbChecks(config).findings();
    }

    @Override
    public SourcePlan plan() {
        return new LanceDbChecks(config).plan();
    }

    @Override
    public SourceReader reader() {
        return new LanceDbSourceReader(config);
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new AnnouncedBarriers();
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return new RescanStage(
                config.rescan(), kafka, topics, newGeneration.with(options), readBefore -> new LanceDbStore(config));
    }
}
