package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chroma's metadata is of any kind and under any name: what a target cannot hold stops nothing else, also after a restart. */
class OddMetadataTest {
    private static final List<String> TARGETS = List.of("lake", "vectors");

    private static final String WRITE = """
            import sys, chromadb
            client = chromadb.HttpClient(port=int(sys.argv[1]))
            pages = client.get_or_create_collection("pages", embedding_function=None)
            def put(**metadata):
                for id, m in metadata.items(): pages.upsert(ids=[id], embeddings=[[len(id), 1.0, ord(id[0])]], metadatas=[m])
            """;

    private static final String IN_LANCE = """
            import sys, lancedb
            rows = lancedb.connect(sys.argv[1]).open_table("articles").to_arrow().to_pylist()
            print(sorted((r["id"], r["page"], r.get("location_page")) for r in rows))
            """;

    private static final String IN_MILVUS = """
            import sys
            from pymilvus import MilvusClient
            rows = MilvusClient(sys.argv[1]).query("articles", filter="id != ''", output_fields=["*"], consistency_level="Strong")
            print(sorted((r["id"], r.get("page"), r.get("location.page")) for r in rows))
            """;

    @TempDir
    Path directory;

    @Test
    void aValueOfAnotherKindAndANameWithADotStopNobodyElse() {
        try (ChromaServer chroma = ChromaServer.forTest();
                MilvusServer milvus = MilvusServer.forTest()) {
            Pipeline pipeline = new Pipeline(directory, """
                    chroma:
                        url: %s
                        collections: [pages]
                        rescan: 200ms""".formatted(chroma.url()));
            pipeline.addTarget("{name: vectors, milvus: {uri: \"%s\", collection: articles}}".formatted(milvus.uri()));
            pipeline.write("kafka: {partitions: 2}%n".formatted());
            write(chroma, "put(a={'page': 1}, b={'page': 2})");
            pipeline.catchUp();

            write(chroma, "put(c={'page': 'iv'})");
            pipeline.catchUp();

            write(chroma, "put(d={'page': 3}, e={'location.page': 3}, f={'page': 6})");
            pipeline.catchUp();
            String expected = "[('a', 1, None), ('b', 2, None), ('d', 3, None), ('e', None, 3), ('f', 6, None)]";
            assertThat(inLance()).isEqualTo(expected);
            assertThat(inMilvus(milvus)).isEqualTo(expected);

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                for (String target : TARGETS) {
                    JsonNode report = pipeline.verify("--target", target);
                    assertThat(report.at("/diff/explained/schema").asInt()).isEqualTo(1);
                }
                spoil();
                JsonNode repaired = pipeline.verify("--target", "lake", "--repair");
                assertThat(repaired.at("/diff/mismatched").asInt()).isEqualTo(1);
                assertThat(repaired.at("/repair/mended").asInt()).isEqualTo(1);
                ferry.kill();
            }
            write(chroma, "put(c={'page': 4})");
            pipeline.catchUp();
            String corrected =
                    "[('a', 1, None), ('b', 2, None), ('c', 4, None), ('d', 3, None), ('e', None, 3), ('f', 6, None)]";
            assertThat(inLance()).isEqualTo(corrected);
            assertThat(inMilvus(milvus)).isEqualTo(corrected);
        }
    }

    @Test
    void aFieldOfASubdocumentGoesFromMongoToLanceDb() {
        try (ReferencedVectors source = new ReferencedVectors()) {
            source.vectors("INSERT INTO modeldata VALUES (1, '[1,0]'), (2, '[0,1]')");
            source.documents().insertMany(List.of(document(1, "de"), document(2, "fr")));
            Pipeline pipeline = new Pipeline(directory, source.yaml().replace("[q, teamId]", "[q, meta.lang]"));
            pipeline.catchUp();
            source.documents().updateOne(Filters.eq("_id", 2), Updates.set("meta.lang", "it"));
            pipeline.catchUp();
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                assertThat(pipeline.verify().at("/diff/explained").isEmpty()).isTrue();
                ferry.kill();
            }
        }
        assertThat(PythonEnvironment.lancedb()
                        .run("""
                        import sys, lancedb
                        rows = lancedb.connect(sys.argv[1]).open_table("articles").to_arrow().to_pylist()
                        print(sorted((r["id"], r["q"], r["meta_lang"]) for r in rows))
                        """, directory.resolve("lance").toString())
                        .strip())
                .isEqualTo("[(1, 'question 1', 'de'), (2, 'question 2', 'it')]");
    }

    private static BsonDocument document(int id, String lang) {
        return BsonDocument.parse("{_id: %d, q: 'question %d', meta: {lang: '%s'}, indexes: [{dataId: '%d'}]}"
                .formatted(id, id, lang, id));
    }

    private static void write(ChromaServer chroma, String program) {
        PythonEnvironment.chroma().run(WRITE + program, Integer.toString(chroma.port()));
    }

    private String inLance() {
        return PythonEnvironment.lancedb()
                .run(IN_LANCE, directory.resolve("lance").toString())
                .strip();
    }

    private static String inMilvus(MilvusServer milvus) {
        return PythonEnvironment.pymilvus().run(IN_MILVUS, milvus.uri()).strip();
    }

    private void spoil() {
        PythonEnvironment.lancedb().run("""
                import sys, lancedb
                lancedb.connect(sys.argv[1]).open_table("articles").update(where="id = 'b'", values={"page": 99})
                """, directory.resolve("lance").toString());
    }
}
