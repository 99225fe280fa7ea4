package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.Filters;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values and references as programs without a schema store them, from the stand-in for MongoDB into both targets. */
class MongoValuesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private static final String ROWS = """
            [11, 'one', None, None, None]
            [13, 'ok', None, None, None]
            [14, None, [], [], 1.0]
            [15, None, ['a'], [7, 8], 0.95]
            [16, None, ['a', None], [9], 2.0]
            """;

    private static final String LANCE = """
            import sys, lancedb
            rows = lancedb.connect(sys.argv[1]).open_table(sys.argv[2]).to_arrow().to_pylist()
            for r in sorted(rows, key=lambda r: r["id"]): print([r.get(c) for c in ["id", "q", "tags", "pages", "score"]])
            """;

    private static final String MILVUS = """
            import sys
            from pymilvus import MilvusClient
            rows = MilvusClient(sys.argv[1]).query(sys.argv[2], filter="id > 0", output_fields=["*"], limit=100, consistency_level="Strong")
            def plain(value): return value if value is None or isinstance(value, (str, int, float)) else list(value)
            for r in sorted(rows, key=lambda r: r["id"]): print([plain(r.get(c)) for c in ["id", "q", "tags", "pages", "score"]])
            """;

    @TempDir
    Path directory;

    @Test
    void everyGoodDocumentArrivesInBothTargetsAndEveryOtherIsNamed() {
        try (ReferencedVectors source = new ReferencedVectors();
                MilvusServer milvus = MilvusServer.forTest()) {
            source.vectors("INSERT INTO modeldata SELECT i, '[1,2]' FROM generate_series(11, 16) i");
            source.documents()
                    .insertMany(List.of(
                            BsonDocument.parse("{_id: 1, q: 'one', indexes: [{dataId: 11.0}]}"),
                            new BsonDocument("_id", new BsonInt32(2))
                                    .append("expireAt", new BsonDateTime(Long.MIN_VALUE))
                                    .append(
                                            "indexes",
                                            new BsonArray(List.of(new BsonDocument("dataId", new BsonString("12"))))),
                            BsonDocument.parse("{_id: 3, q: 'ok', indexes: {dataId: '13'}}"),
                            BsonDocument.parse("{_id: 4, tags: [], pages: [], score: 1, indexes: [{dataId: '14'}]}"),
                            BsonDocument.parse(
                                    "{_id: 5, tags: ['a'], pages: [7, 8], score: 0.95, indexes: [{dataId: '15'}]}"),
                            BsonDocument.parse("{_id: 7, q: 'odd', indexes: [{dataId: 11.5}]}")));
            Pipeline pipeline = new Pipeline(directory, source.yaml("q, expireAt, tags, pages, score"));
            pipeline.addTarget("{name: vectors, milvus: {uri: \"%s\", collection: docs}}".formatted(milvus.uri()));
            pipeline.write("");

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(20);
                source.documents().deleteOne(Filters.eq("_id", 2));
                source.documents()
                        .insertOne(BsonDocument.parse(
                                "{_id: 6, tags: ['a', null], pages: [9], score: 2, indexes: [{dataId: '16'}]}"));
                pipeline.awaitWritten();
                assertThat(ferry.isAlive()).isTrue();
                ferry.kill();
            }
            pipeline.catchUp();

            assertThat(PythonEnvironment.lancedb()
                            .run(LANCE, directory.resolve("lance").toString(), "articles"))
                    .isEqualToIgnoringNewLines(ROWS);
            assertThat(PythonEnvironment.pymilvus().run(MILVUS, milvus.uri(), "docs"))
                    .isEqualToIgnoringNewLines(ROWS);
            assertThat(letters(pipeline)).containsExactlyInAnyOrder("data_corruption", "orphan_reference");
            pipeline.verify("--no-pipeline");
        }
    }

    private static List<String> letters(Pipeline pipeline) {
        List<String> errors = new ArrayList<>();
        pipeline.run(PATIENCE, "dead-letters", "list", "--json")
                .json()
                .get("deadLetters")
                .forEach(letter -> errors.add(letter.get("error").asText()));
        return errors;
    }
}
