package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.producer.spi.SourceFactories;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which source a file names, and which source of vectors. */
class MongoSourceFactoryTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {postgre: {url: x}}          | source.postgre (line 2): unknown key, did you mean postgres?
            {weaviate: {url: x}}         | source.weaviate (line 2): unknown key; known here: chroma, mongo, postgres
            {postgres: {}, chroma: {}}   | source: needs exactly one kind of source, such as postgres
            {}                           | source: needs exactly one kind of source, such as postgres
            """)
    void aSourceIsOneOfTheKindsOnTheClassPath(String source, String problem) {
        PipelineFile file = PipelineFile.of("""
                pipeline: p
                source: %s
                targets: [{name: lake, lancedb: {uri: ./lance}}]
                """.formatted(source), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        if (!config.source().kind().isEmpty()) {
            assertThat(SourceFactories.load()
                            .find(config.source().kind(), config.source().settings()))
                    .isEmpty();
        }

        assertThat(file.problems().found()).containsExactly(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {chroma: {url: 'http://h:1'}}     | source.mongo.vectors (line 8): must name the one table or collection that has the vectors
            {mongo: {uri: x}}                 | source.mongo.vectors.mongo (line 8): unknown key; known here: chroma, postgres
            {crhoma: {url: 'http://h:1'}}     | source.mongo.vectors.crhoma (line 8): unknown key, did you mean chroma?
            {chroma: {}, postgres: {}}        | source.mongo.vectors (line 8): needs exactly one kind of source, such as chroma
            """)
    void vectorsAreInOneCollectionOfAnotherKindOfSource(String vectors, String problem) {
        PipelineFile file = PipelineFile.of("""
                pipeline: p
                source:
                  mongo:
                    uri: "mongodb://localhost:1"
                    database: app
                    collection: docs
                    fields: [q]
                    vectors: %s
                targets: [{name: lake, lancedb: {uri: ./lance}}]
                """.formatted(vectors), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);

        new MongoSourceFactory().configure(config, config.source().settings());

        assertThat(file.problems().found()).containsExactly(problem);
    }
}
