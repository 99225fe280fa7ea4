package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.mongo.documents.MongoConfig;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactories;
import io.vectorferry.producer.spi.SourceFactory;
import java.util.List;
import java.util.Optional;

/** {@code source: {mongo: …}}: documents, and the source that their vectors are in. */
public final class MongoSourceFactory implements SourceFactory {
    private static final String KIND = "mongo";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        DocumentJoin join = DocumentJoin.ofCollection(settings);
        MongoConfig config = MongoConfig.from(settings, join);
        Optional<Source> vectors = vectors(pipeline, settings);
        settings.done();
        if (vectors.isEmpty()) {
            return new MongoSource(config, join, new MissingVectorsSource());
        }
        return new MongoSource(config, join, vectors.get());
    }

    private static Optional<Source> vectors(PipelineConfig pipeline, Section settings) {
        Section section = settings.section("vectors");
        List<String> kinds = section.keys();
        if (kinds.size() != 1) {
            settings.problem("vectors", "needs exactly one kind of source, such as chroma");
            return Optional.empty();
        }
        Section ofVectors = section.section(kinds.getFirst());
        Optional<Source> source = SourceFactories.load()
                .without(KIND)
                .find(kinds.getFirst(), ofVectors)
                .map(factory -> factory.configure(pipeline, ofVectors));
        source.filter(found -> found.mayGrow() || found.collections().size() != 1)
                .ifPresent(found ->
                        settings.problem("vectors", "must name the one table or collection that has the vectors"));
        return source;
    }
}
