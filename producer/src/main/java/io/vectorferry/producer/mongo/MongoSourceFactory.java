package io.vectorferry.producer.mongo;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** {@code source: {mongo: …}}: documents, and the source that their vectors are in. */
public final class MongoSourceFactory implements SourceFactory {
    private static final String KIND = "mongo";
    private static final List<String> KINDS = List.of("chroma", "postgres");

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
            return new MongoSource(config, join, new NoVectors());
        }
        return new MongoSource(config, join, vectors.get());
    }

    private static Optional<Source> vectors(PipelineConfig pipeline, Section settings) {
        Section section = settings.section("vectors");
        List<String> given = new ArrayList<>(section.keys());
        if (given.size() != 1 || !KINDS.contains(given.getFirst())) {
            settings.problem("vectors", "must name one of " + String.join(", ", KINDS));
            return Optional.empty();
        }
        String kind = given.getFirst();
        if (kind.equals("chroma") && section.section(kind).texts("collections").size() != 1) {
            settings.problem("vectors", "chroma.collections must name the one collection that has the vectors");
            return Optional.empty();
        }
        Optional<Source> source = ServiceLoader.load(SourceFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(factory -> factory.kind().equals(kind))
                .findFirst()
                .map(factory -> factory.configure(pipeline, section.section(kind)));
        source.filter(found -> found.collections().size() != 1)
                .ifPresent(found -> settings.problem("vectors", "must name one table or collection"));
        return source;
    }
}
