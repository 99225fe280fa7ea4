package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourceReader;
import java.util.List;

/** A placeholder for wrong {@code vectors}, until the file's problems are reported. */
final class MissingVectorsSource implements Source {
    @Override
    public List<String> collections() {
        return List.of();
    }

    @Override
    public List<Finding> doctor() {
        return List.of();
    }

    @Override
    public SourcePlan plan() {
        return new SourcePlan(List.of(), List.of());
    }

    @Override
    public SourceReader reader() {
        throw none();
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        throw none();
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        throw none();
    }

    private static FerryException none() {
        return FerryException.misconfigured("source.mongo.vectors names no source", "Name one there, such as chroma.");
    }
}
