package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.publish.AnnouncedBarriers;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.stage.RequestedGeneration;
import io.vectorferry.stores.chroma.ChromaClient;
import io.vectorferry.stores.chroma.ChromaCollection;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.util.List;
import java.util.Optional;

/** Collections of one Chroma database. */
final class ChromaSource implements Source {
    private final ChromaConfig config;
    private final RequestedGeneration newGeneration = new RequestedGeneration();

    ChromaSource(ChromaConfig config) {
        this.config = config;
    }

    /** Returns the configured collections, or else those that currently exist. */
    @Override
    public List<String> collections() {
        if (!config.collections().isEmpty()) {
            return config.collections();
        }
        try (ChromaClient client = new ChromaClient(config.address())) {
            return client.collections().stream().map(ChromaCollection::name).toList();
        }
    }

    @Override
    public boolean mayGrow() {
        return config.collections().isEmpty();
    }

    @Override
    public Optional<String> store() {
        return Optional.of(config.address().store());
    }

    @Override
    public List<Finding> doctor() {
        try (ChromaClient client = new ChromaClient(config.address())) {
            return new ChromaDoctor(config, client).findings();
        }
    }

    @Override
    public SourcePlan plan() {
        try (ChromaClient client = new ChromaClient(config.address())) {
            return new ChromaPlanner(config, client).plan();
        }
    }

    @Override
    public SourceReader reader() {
        return new ChromaReader(config, MetadataTypes::of);
    }

    /** Returns a reader with the settled types of each collection, or, before its snapshot, those that it suggests now. */
    @Override
    public SourceReader reader(ControlView control) {
        return new ChromaReader(config, collection -> control.get(ControlKey.snapshot(collection.name()))
                .map(recorded -> MetadataTypes.settledIn(recorded.getSnapshotProgress()))
                .orElseGet(() -> MetadataTypes.of(collection)));
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new AnnouncedBarriers();
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        return new ChromaStage(config, kafka, topics, newGeneration.with(options));
    }
}
