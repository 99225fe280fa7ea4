package io.vectorferry.producer.mongo;

import com.mongodb.client.model.Filters;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.producer.contracttests.SourceStageContract;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Timeout;

/** Documents on mongo-java-server, and the vectors of a real Chroma that they refer to. */
@Timeout(300)
class MongoStageTest implements SourceStageContract {
    @Override
    public Store store() {
        return new DocumentsAndVectors();
    }

    private static final class DocumentsAndVectors implements Store {
        private final MongoServer mongo = MongoServer.start();
        private final ChromaServer chroma = ChromaServer.forTest();

        DocumentsAndVectors() {
            python("client.create_collection('vectors', embedding_function=None)");
        }

        @Override
        public Source source(Path data) {
            PipelineFile file = PipelineFile.of("""
                    pipeline: articles
                    source:
                      mongo:
                        uri: "%s"
                        database: app
                        collection: docs
                        fields: [q]
                        vectors: {chroma: {url: "%s", collections: [vectors], rescan: 200ms, blockRows: 100, parallelism: 2}}
                    targets: [{name: lake, lancedb: {uri: x, table: y}}]
                    data.dir: "%s"
                    """.formatted(mongo.uri(), chroma.url(), data), List.of(), Map.of());
            PipelineConfig config = PipelineConfig.from(file);
            Source source =
                    new MongoSourceFactory().configure(config, config.source().settings());
            file.problems().throwIfAny();
            return source;
        }

        @Override
        public List<String> collections() {
            return List.of("docs", "vectors");
        }

        @Override
        public void insert(int from, int to) {
            mongo.collection("docs")
                    .insertMany(IntStream.range(from, to)
                            .mapToObj(i -> BsonDocument.parse(
                                    "{_id: %d, q: 'row', indexes: [{dataId: 'r%d'}]}".formatted(i, i)))
                            .toList());
            python("""
                    vectors = client.get_collection("vectors", embedding_function=None)
                    for i in range(%d, %d, 1000):
                        ids = range(i, min(i + 1000, %d))
                        vectors.add(ids=[f"r{i}" for i in ids], embeddings=[[i, 1] for i in ids])
                    """.formatted(from, to, to));
        }

        @Override
        public void delete(int number) {
            mongo.collection("docs").deleteOne(Filters.eq("_id", number));
            python("client.get_collection('vectors', embedding_function=None).delete(ids=['r%d'])".formatted(number));
        }

        @Override
        public Set<SourceKey> keys(int number) {
            return Set.of(
                    new SourceKey("docs", List.of(new Value.Whole(number))),
                    new SourceKey("vectors", List.of(new Value.Text("r" + number))));
        }

        private void python(String program) {
            PythonEnvironment.chroma().run("""
                    import sys, chromadb
                    client = chromadb.HttpClient(port=int(sys.argv[1]))
                    """ + program, Integer.toString(chroma.port()));
        }

        @Override
        public void close() {
            mongo.close();
            chroma.close();
        }
    }
}
