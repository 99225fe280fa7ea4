package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.ProducerOptions;
import io.vectorferry.producer.RequestedBarriers;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourcePlan;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Collections of one Chroma database. */
final class ChromaSource implements Source {
    private final ChromaConfig config;
    private final AtomicBoolean newGeneration = new AtomicBoolean();
    private final AtomicBoolean asked = new AtomicBoolean();

    ChromaSource(ChromaConfig config) {
        this.config = config;
    }

    /** As configured; else those that exist at this moment. */
    @Override
    public List<String> collections() {
        if (!config.collections().isEmpty()) {
            return config.collections();
        }
        try (ChromaClient client = new ChromaClient(config)) {
            return client.collections().stream().map(ChromaCollection::name).toList();
        }
    }

    @Override
    public List<Finding> doctor() {
        try (ChromaClient client = new ChromaClient(config)) {
            return new ChromaDoctor(config, client).findings();
        }
    }

    @Override
    public SourcePlan plan() {
        try (ChromaClient client = new ChromaClient(config)) {
            return new ChromaPlanner(config, client).plan();
        }
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new RequestedBarriers(kafka, topics);
    }

    /** A generation that was asked for begins once, however often the stage is started again. */
    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        if (options.newGeneration() && asked.compareAndSet(false, true)) {
            newGeneration.set(true);
        }
        return new ChromaStage(config, kafka, topics, newGeneration);
    }
}
