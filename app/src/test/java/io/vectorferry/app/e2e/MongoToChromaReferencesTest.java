package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.vectorferry.deploy.ChromaServer;
import io.vectorferry.deploy.PythonEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Documents joined to the vectors of a Chroma collection, while both sides change and ferry is killed. */
class MongoToChromaReferencesTest {
    /** Writes vectors from the first to the last id, or deletes them; each tells its id. */
    private static final String CHUNKS = """
            import sys, chromadb
            port, what, first, last = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
            chunks = chromadb.HttpClient(port=port).get_or_create_collection("chunks", embedding_function=None)
            ids = [str(i) for i in range(first, last + 1)]
            if what == "delete": chunks.delete(ids=ids)
            else: chunks.upsert(ids=ids, embeddings=[[int(i), float(what)] for i in ids])
            """;

    private static final int DOCUMENTS = 40;

    private final Map<Integer, Float> vectors = new TreeMap<>();

    @TempDir
    Path directory;

    @Test
    void theTargetHoldsExactlyTheJoinWhicheverSideChanges() {
        try (ChromaServer chroma = ChromaServer.forTest();
                ReferringDocuments documents = new ReferringDocuments()) {
            write(chroma, 0.25f, 1, 100);
            List<BsonDocument> some = new ArrayList<>();
            for (int i = 0; i < DOCUMENTS; i++) {
                some.add(ReferringDocuments.document(i, "question " + i, 2L * i + 1, 2L * i + 2));
            }
            documents.collection().insertMany(some);
            Pipeline pipeline = pipeline(chroma, documents);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                documents.collection().deleteOne(Filters.eq("_id", id(3)));
                documents.collection().updateOne(Filters.eq("_id", id(4)), Updates.set("q", "asked again"));
                documents.collection().insertOne(ReferringDocuments.document(900, "before its vector", 777, 90));
                delete(chroma, 20, 21);
                ferry.kill();
            }
            write(chroma, -3.5f, 30, 31);
            write(chroma, 7.5f, 777, 777);
            pipeline.catchUp();

            Map<String, String> expected = expected(documents);
            Map<String, String> actual = pipeline.target().digests(ReferencedVectors.COLUMNS);
            assertThat(actual.keySet()).as("ids in the target").isEqualTo(expected.keySet());
            assertThat(actual).as("digest of every row").isEqualTo(expected);
            assertThat(pipeline.run(java.time.Duration.ofSeconds(90), "dead-letters", "list")
                            .output())
                    .doesNotContain("vector 777");
        }
    }

    private Pipeline pipeline(ChromaServer chroma, ReferringDocuments documents) {
        return new Pipeline(directory, """
                mongo:
                    uri: %s
                    database: app
                    collection: dataset_datas
                    fields: [q, teamId]
                    vectors:
                      chroma: {url: "%s", collections: [chunks], rescan: 200ms}""".formatted(documents.uri(), chroma.url()));
    }

    private void write(ChromaServer chroma, float second, int first, int last) {
        run(chroma, Float.toString(second), first, last);
        for (int i = first; i <= last; i++) {
            vectors.put(i, second);
        }
    }

    private void delete(ChromaServer chroma, int first, int last) {
        run(chroma, "delete", first, last);
        vectors.keySet().removeIf(id -> id >= first && id <= last);
    }

    private static void run(ChromaServer chroma, String what, int first, int last) {
        PythonEnvironment.chroma()
                .run(CHUNKS, Integer.toString(chroma.port()), what, Integer.toString(first), Integer.toString(last));
    }

    private Map<String, String> expected(ReferringDocuments documents) {
        Map<String, String> digests = new TreeMap<>();
        Set<Integer> seen = new TreeSet<>();
        for (BsonDocument document : documents.all()) {
            document.getArray("indexes").forEach(index -> {
                String id = index.asDocument().getString("dataId").getValue();
                Float second = vectors.get(Integer.parseInt(id));
                if (second != null && seen.add(Integer.parseInt(id))) {
                    digests.put(id, ReferringDocuments.digest(id, document, vector(Integer.parseInt(id), second)));
                }
            });
        }
        return digests;
    }

    private static byte[] vector(int first, float second) {
        return ByteBuffer.allocate(2 * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(first)
                .putFloat(second)
                .array();
    }

    private static BsonString id(int number) {
        return new BsonString("%024x".formatted(number));
    }
}
