package io.vectorferry.producer.milvus;

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

/** Collections of one Milvus database. */
final class MilvusSource implements Source {
    private final MilvusSourceConfig config;
    private final RequestedGeneration newGeneration = new RequestedGeneration();

    MilvusSource(MilvusSourceConfig config) {
        this.config = config;
    }

    /** Returns the configured collections, or else those that currently exist. */
    @Override
    public List<String> collections() {
        if (!config.rescan().collections().isEmpty()) {
            return config.rescan().collections();
        }
        try (MilvusStore store = new MilvusStore(config)) {
            return store.names();
        }
    }

    @Override
    public boolean mayGrow() {
        return config.rescan().collections().isEmpty();
    }

    @Override
    public List<Finding> doctor() {
        try (MilvusStore store = new MilvusStore(config)) {
            return new MilvusChecks(store, config).findings();
        }
    }

    @Override
    public SourcePlan plan() {
        try (MilvusStore store = new MilvusStore(config)) {
            return new MilvusChecks(store, config).plan();
        }
    }

    @Override
    public SourceReader reader() {
        return new MilvusSourceReader(config);
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new AnnouncedBarriers();
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return new RescanStage(
                config.rescan(), kafka, topics, newGeneration.with(options), readBefore -> new MilvusStore(config));
    }
}
