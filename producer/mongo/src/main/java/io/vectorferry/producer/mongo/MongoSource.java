package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.producer.mongo.capture.DocumentProgress;
import io.vectorferry.producer.mongo.capture.DocumentStage;
import io.vectorferry.producer.mongo.documents.DocumentTypes;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.mongo.references.MongoReferences;
import io.vectorferry.producer.publish.AnnouncedBarriers;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.producer.spi.References;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.stage.RequestedGeneration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Documents of one collection, joined to the vectors that they refer to. */
final class MongoSource implements Source {
    private final MongoConfig config;
    private final DocumentJoin join;
    private final Source vectors;
    /** The types of the stage that runs here, or else those of the first request. */
    private final AtomicReference<@Nullable DocumentTypes> types = new AtomicReference<>();

    private final RequestedGeneration newGeneration = new RequestedGeneration();

    MongoSource(MongoConfig config, DocumentJoin join, Source vectors) {
        this.config = config;
        this.join = join;
        this.vectors = vectors;
    }

    /** Returns the documents' collection, which is the name of the joined rows. */
    @Override
    public List<String> collections() {
        return List.of(config.collection());
    }

    @Override
    public List<Finding> doctor() {
        List<Finding> findings = new ArrayList<>(vectors.doctor());
        findings.addAll(new MongoDoctor(config, join, vectors).findings());
        return findings;
    }

    @Override
    public SourcePlan plan() {
        SourcePlan ofVectors = vectors.plan();
        CollectionPlan vector = ofVectors.collections().getFirst();
        return new SourcePlan(
                ofVectors.creates(),
                List.of(new CollectionPlan(
                        config.collection(),
                        vector.rows(),
                        vector.bytes(),
                        vector.vectors().stream()
                                .map(found -> new SourcePlan.PlannedVector(MongoReader.VECTOR, found.type()))
                                .toList(),
                        config.fields())));
    }

    @Override
    public SourceReader reader() {
        return reader(vectors.reader(), types);
    }

    /** Returns this source with the types of the generation, those of the documents that existed when it began. */
    @Override
    public SourceReader reader(ControlView control) {
        DocumentTypes known = types.get();
        return reader(
                vectors.reader(control),
                new AtomicReference<>(
                        known == null ? DocumentProgress.types(control, config).orElse(null) : known));
    }

    private SourceReader reader(SourceReader ofVectors, AtomicReference<@Nullable DocumentTypes> ofFields) {
        return new MongoReader(config, join, ofVectors, vectors.collections().getFirst(), ofFields);
    }

    @Override
    public Optional<References> references() {
        return Optional.of(new MongoReferences(config));
    }

    @Override
    public BarrierIssuer barriers(KafkaConnection kafka, Topics topics) {
        return new BothSidesStage.Barriers(new AnnouncedBarriers(), vectors.barriers(kafka, topics));
    }

    @Override
    public Stage stage(KafkaConnection kafka, Topics topics, ProducerOptions options) {
        Stage ofVectors = vectors.stage(kafka, topics, options);
        DocumentStage ofDocuments = new DocumentStage(
                config,
                join,
                vectors.collections(),
                () -> reader().searchMetric(config.collection()),
                kafka,
                topics,
                newGeneration.with(options),
                types::set);
        return new BothSidesStage(ofDocuments, ofVectors);
    }
}
