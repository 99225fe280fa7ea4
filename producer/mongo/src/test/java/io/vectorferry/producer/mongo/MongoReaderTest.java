package io.vectorferry.producer.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.Indexes;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.producer.contracttests.SourceReaderContract;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceReader;
import io.vectorferry.producer.spi.SourceRow;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Documents that refer to the vectors of a real Chroma. */
@SuppressWarnings("NullAway.Init") // set before all tests
class MongoReaderTest implements SourceReaderContract {
    private static ChromaServer chroma;
    private static MongoServer mongo;
    private static Source source;

    @BeforeAll
    static void start() {
        chroma = ChromaServer.forTest();
        PythonEnvironment.chroma().run("""
                import sys, chromadb
                collection = chromadb.HttpClient(port=int(sys.argv[1])).create_collection("vectors", embedding_function=None)
                collection.add(ids=["a", "b", "c", "alone"], embeddings=[[1, 2], [3, 4], [5, 6], [7, 8]])
                """, Integer.toString(chroma.port()));
        mongo = MongoServer.startOrNamed();
        mongo.collection("docs")
                .insertMany(List.of(
                        BsonDocument.parse("{_id: 1, q: 'one', indexes: [{dataId: 'a'}, {dataId: 'b'}]}"),
                        BsonDocument.parse("{_id: 'x', q: 'two', indexes: [{dataId: 'c'}, {dataId: 'nobody'}]}")));
        source = configured();
    }

    @AfterAll
    static void stop() {
        mongo.close();
        chroma.close();
    }

    @Override
    public Source source() {
        return source;
    }

    /** A vector that no document refers to. */
    @Override
    public Value absent() {
        return new Value.Text("alone");
    }

    @Test
    void everyVectorThatIsReferredToArrivesWithItsDocumentsFields() {
        assertThat(questions(rows -> source.reader().scan("docs", rows)))
                .isEqualTo(Map.of("a", "one", "b", "one", "c", "two"));
    }

    @Test
    void aScanThatGoesOnLeavesOutWhatWasSeen() {
        SourceReader.UnseenScan unseen = source.reader().unseen("docs").orElseThrow();
        assertThat(questions(rows -> unseen.read(key -> key.equals(key("b")), rows)))
                .isEqualTo(Map.of("a", "one", "c", "two"));
    }

    @Test
    void rowsThatAreAskedForAreFoundByTheirReferences() {
        List<SourceKey> keys = List.of(key("c"), key("alone"), key("nobody"));

        assertThat(questions(rows -> source.reader().fetch("docs", keys).forEach(rows)))
                .isEqualTo(Map.of("c", "two"));
    }

    @Test
    void theDoctorAsksForAnIndexOnTheReferencesWhereThereIsNone() {
        assertThat(indexFinding().level()).isEqualTo(Finding.Level.WARNING);
        assertThat(indexFinding().remedy()).isEqualTo("db.docs.createIndex({\"indexes.dataId\": 1})");

        mongo.collection("docs").createIndex(Indexes.ascending("indexes.dataId"));

        assertThat(indexFinding().level()).isEqualTo(Finding.Level.OK);
    }

    private static Finding indexFinding() {
        return source.doctor().stream()
                .filter(finding -> finding.check().equals("mongo_index"))
                .findFirst()
                .orElseThrow();
    }

    private static Map<String, String> questions(Consumer<Consumer<SourceRow>> reading) {
        Map<String, String> questions = new TreeMap<>();
        reading.accept(row -> {
            assertThat(row.key().collection()).isEqualTo("docs");
            assertThat(row.row().vector().orElseThrow().value()).isPresent();
            assertThat(row.row().fields()).extracting(Field::name).containsExactly("q");
            questions.put(
                    text(row.key().parts().getFirst()),
                    text(row.row().fields().getFirst().value()));
        });
        return questions;
    }

    private static String text(Value value) {
        return ((Value.Text) value).value();
    }

    private static SourceKey key(String id) {
        return new SourceKey("docs", List.of(new Value.Text(id)));
    }

    private static Source configured() {
        PipelineFile file = PipelineFile.of("""
                pipeline: joined
                source:
                  mongo:
                    uri: "%s"
                    database: app
                    collection: docs
                    fields: [q]
                    vectors: {chroma: {url: "%s", collections: [vectors]}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                data.dir: ./unused
                """.formatted(mongo.uri(), chroma.url()), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        Source source =
                new MongoSourceFactory().configure(config, config.source().settings());
        file.problems().throwIfAny();
        return source;
    }
}
