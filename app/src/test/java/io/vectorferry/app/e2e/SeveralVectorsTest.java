package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.MilvusLiteServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A dense, a half and a sparse vector in each row, each of them TOASTed, as the Python clients of both targets read them: all in
 * LanceDB, and the one that is configured in Milvus.
 */
class SeveralVectorsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);
    private static final int ROWS = 300;

    /** Each kind of vector is too long to stand in its row, and each number is exact in it. */
    private static final String EMBEDDING =
            "array(SELECT (%s + n) / 4.0 FROM generate_series(1, 1000) n)::real[]::vector";

    private static final String HALF =
            "array(SELECT (%s %% 100 + n %% 7) / 8.0 FROM generate_series(1, 1500) n)::real[]::halfvec";
    private static final String SPARSE =
            "array(SELECT CASE WHEN n %% 2 = 0 THEN (%s + n) / 4.0 ELSE 0 END FROM generate_series(1, 1200) n)::real[]::vector::sparsevec";

    /** A digest by id, of the title and the bytes of each vector. */
    private static final String DIGESTS = """
            import sys, json, struct, hashlib
            def digest(title, embedding, half, indices, values):
                row = hashlib.sha256(title.encode())
                row.update(struct.pack(f"<{len(embedding)}f", *embedding))
                row.update(half if isinstance(half, bytes) else struct.pack(f"<{len(half)}e", *half))
                row.update(struct.pack(f"<{len(indices)}i", *indices))
                row.update(struct.pack(f"<{len(values)}f", *values))
                return row.hexdigest()
            """;

    private static final String IN_LANCEDB = DIGESTS + """
            import lancedb
            rows = lancedb.connect(sys.argv[1]).open_table("docs").to_arrow().to_pylist()
            assert len({row["id"] for row in rows}) == len(rows)
            print(json.dumps({row["id"]: digest(row["title"], row["embedding"], row["half"], row["sparse"]["indices"], row["sparse"]["values"])
                for row in rows}))
            """;

    private static final String IN_MILVUS = DIGESTS + """
            from pymilvus import MilvusClient
            client = MilvusClient(sys.argv[1])
            rows = client.query("docs", filter="id >= 0", output_fields=["*"], limit=1000, consistency_level="Strong")
            def of(row):
                sparse = sorted(row["sparse"].items())
                assert "embedding" not in row and "half" not in row
                return digest(row["title"], [], b"", [i for i, _ in sparse], [v for _, v in sparse])
            print(json.dumps({row["id"]: of(row) for row in rows}))
            """;

    @TempDir
    Path directory;

    @Test
    void eachVectorArrivesInBothTargetsThroughSnapshotPartialUpdatesAndAKill() throws JsonProcessingException {
        try (PostgresServer server = PostgresServer.forTest();
                MilvusLiteServer milvus = MilvusLiteServer.forTest()) {
            SourceTable source = new SourceTable(server, 0);
            source.execute(
                    "CREATE EXTENSION vector",
                    "CREATE TABLE docs (id int PRIMARY KEY, title text, sparse sparsevec(1200), half halfvec(1500), embedding vector(1000))",
                    insert(1, ROWS));
            Pipeline pipeline = pipeline(server, milvus);
            catchUp(pipeline);
            assertBothEqualTheSource(source, milvus);

            FerryProcess ferry = pipeline.start("run");
            try {
                update(source, "embedding", EMBEDDING, "id <= 40");
                update(source, "half", HALF, "id BETWEEN 41 AND 80");
                awaitPartOfTheChanges(pipeline);
            } finally {
                ferry.kill();
            }
            update(source, "sparse", SPARSE, "id BETWEEN 81 AND 120");
            source.execute(
                    "UPDATE docs SET title = title || '!' WHERE id BETWEEN 121 AND 160",
                    "DELETE FROM docs WHERE id BETWEEN 161 AND 180",
                    insert(ROWS + 1, ROWS + 20));
            catchUp(pipeline);
            assertBothEqualTheSource(source, milvus);

            verify(pipeline, "lake");
            verify(pipeline, "vectors");
            JsonNode searched = verify(pipeline, "lake", "--top-k", "5", "--vector", "embedding");
            assertThat(searched.at("/search/meanOverlap").asDouble()).isEqualTo(1);
            aRowWithoutOneOfItsVectors(pipeline, source, milvus);
        }
    }

    /** LanceDB holds the NULL, and Milvus has no room for the row. */
    private static void aRowWithoutOneOfItsVectors(Pipeline pipeline, SourceTable source, MilvusLiteServer milvus)
            throws JsonProcessingException {
        source.execute("INSERT INTO docs (id, title, embedding, half) VALUES (9999, 'no sparse vector', %s, %s)"
                .formatted(EMBEDDING.formatted(1), HALF.formatted(1)));
        catchUp(pipeline);
        Ended letters = pipeline.run(PATIENCE, "dead-letters", "list", "--json");
        assertThat(letters.json().at("/deadLetters").findValuesAsText("message"))
                .singleElement()
                .asString()
                .contains("the vector is NULL");
        assertThat(inMilvus(milvus)).doesNotContainKey("9999");
        verify(pipeline, "lake");
    }

    private Pipeline pipeline(PostgresServer server, MilvusLiteServer milvus) {
        Pipeline pipeline = new Pipeline(directory, """
                postgres:
                    url: %s
                    user: %s
                    tables:
                      - {name: public.docs, vectors: [embedding, half, sparse]}""".formatted(server.url("postgres"), server.user()), "docs");
        pipeline.addTarget(
                "{name: vectors, milvus: {uri: \"%s\", collection: docs, vector: sparse}}".formatted(milvus.uri()));
        pipeline.write("");
        return pipeline;
    }

    private static String insert(int first, int last) {
        return "INSERT INTO docs (id, title, embedding, half, sparse) SELECT i, 'title ' || i, %s, %s, %s FROM generate_series(%d, %d) i"
                .formatted(EMBEDDING.formatted("i"), HALF.formatted("i"), SPARSE.formatted("i"), first, last);
    }

    private static void update(SourceTable source, String column, String vector, String which) {
        source.execute("UPDATE docs SET %s = %s WHERE %s".formatted(column, vector.formatted("(id + 7)"), which));
    }

    private static void catchUp(Pipeline pipeline) {
        Ended ended = pipeline.run(PATIENCE, "run", "--until", "caught-up");
        assertThat(ended.exitCode()).as(ended.output()).isZero();
    }

    private static void awaitPartOfTheChanges(Pipeline pipeline) {
        Awaitility.await("changes in the target")
                .atMost(PATIENCE)
                .until(() -> pipeline.status()
                                .map(status -> status.at("/targets/0/upserts").asLong())
                                .orElse(0L)
                        > 0);
    }

    private static JsonNode verify(Pipeline pipeline, String target, String... more) {
        String[] options = new String[more.length + 3];
        options[0] = "--no-pipeline";
        options[1] = "--target";
        options[2] = target;
        System.arraycopy(more, 0, options, 3, more.length);
        return pipeline.verify(options);
    }

    private void assertBothEqualTheSource(SourceTable source, MilvusLiteServer milvus) throws JsonProcessingException {
        String tables = directory.resolve("lance").toString();
        assertThat(map(PythonEnvironment.lancedb().run(IN_LANCEDB, tables)))
                .as("LanceDB")
                .isEqualTo(digests(source, "embedding::real[], half::real[]"));
        assertThat(inMilvus(milvus)).as("Milvus").isEqualTo(digests(source, "'{}'::real[], '{}'::real[]"));
    }

    private static Map<String, String> inMilvus(MilvusLiteServer milvus) throws JsonProcessingException {
        return map(PythonEnvironment.pymilvus().run(IN_MILVUS, milvus.uri()));
    }

    private static Map<String, String> map(String json) throws JsonProcessingException {
        return new TreeMap<>(new ObjectMapper().readValue(json, new TypeReference<Map<String, String>>() {}));
    }

    private static Map<String, String> digests(SourceTable source, String dense) {
        Map<String, String> digests = new TreeMap<>();
        try (Connection connection = source.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT id, title, %s, sparse::text FROM docs".formatted(dense))) {
            while (rows.next()) {
                digests.put(rows.getString(1), digest(rows));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return digests;
    }

    private static String digest(ResultSet row) throws SQLException {
        MessageDigest digest = sha256();
        digest.update(row.getString(2).getBytes(StandardCharsets.UTF_8));
        for (Float number : (Float[]) row.getArray(3).getArray()) {
            digest.update(littleEndian(Float.BYTES).putFloat(number).array());
        }
        for (Float number : (Float[]) row.getArray(4).getArray()) {
            digest.update(littleEndian(Short.BYTES)
                    .putShort(Float.floatToFloat16(number))
                    .array());
        }
        String sparse = row.getString(5);
        String[] entries = sparse.substring(1, sparse.indexOf('}')).split(",", -1);
        for (String entry : entries) {
            int index = Integer.parseInt(entry.substring(0, entry.indexOf(':'))) - 1;
            digest.update(littleEndian(Integer.BYTES).putInt(index).array());
        }
        for (String entry : entries) {
            float value = Float.parseFloat(entry.substring(entry.indexOf(':') + 1));
            digest.update(littleEndian(Float.BYTES).putFloat(value).array());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
