package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A LanceDB table of an application goes to Milvus and to another LanceDB, and from Milvus back into a third: the applications are the
 * Python clients of both, and so are the readers that compare the rows.
 */
class LanceDbAndMilvusTest {
    private static final int ROWS = Integer.getInteger("ferry.test.stores.rows", 3_000);
    private static final String[] COLUMNS = {"id", "embedding", "lang", "number", "score"};

    private static final String LANCE = """
            import sys, lancedb, numpy as np, pyarrow as pa
            db = lancedb.connect(sys.argv[1])
            schema = pa.schema([("id", pa.string()), ("embedding", pa.list_(pa.float32(), 16)), ("lang", pa.string()),
                                ("number", pa.int64()), ("score", pa.float64())])
            def rows(first, count, lang="en"):
                values = np.random.default_rng(first).random((count, 16), dtype=np.float32)
                return pa.table([[f"row {i}" for i in range(first, first + count)], pa.array(list(values), schema.field(1).type),
                                 [lang] * count, list(range(first, first + count)), [i / 3 for i in range(count)]], schema=schema)
            """;

    private static final String MILVUS = """
            import sys, numpy as np
            from pymilvus import MilvusClient
            client = MilvusClient(sys.argv[1])
            def rows(first, count, lang):
                values = np.random.default_rng(first).random((count, 16), dtype=np.float32)
                return [{"id": f"row {first + i}", "embedding": values[i], "lang": lang, "number": first + i, "score": i / 7}
                        for i in range(count)]
            """;

    @TempDir
    Path directory;

    private void lance(String program) {
        PythonEnvironment.lancedb().run(LANCE + program, database().toString());
    }

    private Path database() {
        return directory.resolve("db");
    }

    @Test
    void rowsGoFromLanceDbToMilvusAndBackAndChangesFollow() throws IOException {
        try (MilvusServer milvus = MilvusServer.forTest()) {
            lance("db.create_table('articles', rows(0, %d))".formatted(ROWS));
            fromLanceDb(milvus);
            fromMilvus(milvus);
        }
    }

    private void fromLanceDb(MilvusServer milvus) throws IOException {
        Pipeline forth = new Pipeline(Files.createDirectory(directory.resolve("forth")), """
                lancedb:
                    uri: %s
                    tables: [articles]
                    rescan: 200ms""".formatted(database()));
        forth.addTarget("{name: milvus, milvus: {uri: \"%s\", collection: articles}}".formatted(milvus.uri()));
        forth.write(Pipeline.EAGER);
        try (FerryProcess ferry = forth.start("run")) {
            awaitSomeRows(forth);
            ferry.kill();
        }
        forth.catchUp();
        assertEqual(new LanceTable(database(), "articles").digests(COLUMNS), forth, milvus);

        lance("""
                articles = db.open_table("articles")
                articles.delete("number < 100")
                articles.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows(200, 50, "fr"))
                articles.add(rows(%d, 70))
                articles.optimize()
                """.formatted(ROWS));
        forth.catchUp();
        Map<String, String> expected = new LanceTable(database(), "articles").digests(COLUMNS);
        assertThat(expected).hasSize(ROWS - 100 + 70);
        assertEqual(expected, forth, milvus);
        assertThat(forth.verify("--no-pipeline").at("/verdict").asText()).isEqualTo("pass");
    }

    private void fromMilvus(MilvusServer milvus) throws IOException {
        Pipeline back = new Pipeline(Files.createDirectory(directory.resolve("back")), """
                milvus:
                    uri: "%s"
                    collections: [articles]
                    rescan: 200ms""".formatted(milvus.uri()));
        back.write(Pipeline.EAGER);
        back.catchUp();
        assertEqual(new LanceTable(database(), "articles").digests(COLUMNS), back, milvus);

        PythonEnvironment.pymilvus().run(MILVUS + """
                client.upsert("articles", rows(300, 40, "de"))
                client.upsert("articles", rows(100_000, 30, "it"))
                client.delete("articles", ids=[f"row {i}" for i in range(400, 425)])
                """, milvus.uri());
        back.catchUp();
        Map<String, String> expected = new MilvusRows(milvus, "articles").digests(COLUMNS);
        assertThat(expected).hasSize(ROWS - 100 + 70 + 30 - 25);
        assertEqual(expected, back, milvus);
        assertThat(back.verify("--no-pipeline").at("/verdict").asText()).isEqualTo("pass");
    }

    private static void assertEqual(Map<String, String> expected, Pipeline pipeline, MilvusServer milvus) {
        assertThat(pipeline.target().digests(COLUMNS)).isEqualTo(expected);
        assertThat(new MilvusRows(milvus, "articles").digests(COLUMNS)).isEqualTo(expected);
    }

    private static void awaitSomeRows(Pipeline pipeline) {
        Awaitility.await("the snapshot began").atMost(Duration.ofMinutes(2)).until(() -> pipeline.status()
                .filter(status -> status.at("/snapshot/rowsDone").asLong() > 0)
                .isPresent());
    }
}
