package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Notes joined to their embeddings, two tables of one PostgreSQL, while both change and ferry is killed. */
class JoinedTablesSourceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String[] COLUMNS = {"id", "title", "team", "embedding"};
    private static final String BY_ARRAY = """
            SELECT e.id, n.title, n.team, vector_send(e.embedding)
            FROM embeddings e JOIN notes n ON e.id = ANY(n.embedding_ids)""";
    private static final String BY_SCALAR = """
            SELECT e.id, n.title, n.team, vector_send(e.embedding)
            FROM embeddings e JOIN notes n ON e.id::text = n.embedding_id""";

    private static final String REFERENCES =
            "SELECT r FROM notes, unnest(embedding_ids) WITH ORDINALITY u(r, place) ORDER BY name, place";

    private static final String PLANT = """
            import sys, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            row = table.search().where("id = 50").limit(1).to_arrow()
            id = row.schema.get_field_index("id")
            table.delete("id = 50")
            table.add(row.set_column(id, row.schema.field(id), [[4]]))
            table.update(where="id = 51", values={"title": "somebody else's"})
            """;

    @TempDir
    Path directory;

    private PostgresServer server;
    private SourceTable tables;

    @BeforeEach
    void start() {
        server = PostgresServer.forTest();
        tables = new SourceTable(server, 2);
        tables.execute(
                "CREATE EXTENSION IF NOT EXISTS vector",
                "CREATE TABLE embeddings (id bigint PRIMARY KEY, chunk text, embedding vector(2))",
                "INSERT INTO embeddings SELECT i, 'not taken', ('[' || i || ',0.25]')::vector FROM generate_series(1, 200) i");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void theTargetHoldsExactlyTheJoinWhicheverTableChanges() {
        tables.execute(
                "CREATE TABLE notes (id bigint PRIMARY KEY, title text, team integer, draft text, embedding_ids bigint[])",
                "INSERT INTO notes SELECT i, 'note ' || i, i % 7, 'unread', ARRAY[2*i-1, 2*i] FROM generate_series(1, 60) i");
        Pipeline pipeline = pipeline("references: embedding_ids");
        pipeline.write(Pipeline.EAGER);

        try (FerryProcess ferry = pipeline.start("run")) {
            pipeline.awaitStreaming(20);
            tables.execute(
                    "UPDATE notes SET title = 'asked again' WHERE id = 1",
                    "UPDATE notes SET embedding_ids = ARRAY[3, NULL] WHERE id = 2", // 4 is let go
                    "DELETE FROM notes WHERE id = 3",
                    "DELETE FROM embeddings WHERE id = 20",
                    "UPDATE embeddings SET embedding = '[0.5,-3]' WHERE id = 21",
                    "INSERT INTO notes VALUES (900, 'before its vector', 1, '', ARRAY[777777])",
                    "INSERT INTO notes VALUES (901, 'after its vector', 1, '', ARRAY[190])",
                    "UPDATE embeddings SET id = 7000 WHERE id = 30"); // and 30 is gone
            awaitReferences(pipeline, "{\"orphanReferences\":3,\"unreferencedVectors\":83}");
            onlyWhoHasTheTokenSeesWhichRowsLeadNowhere(pipeline);
            verifyFindsWhatWasPlantedAndMendsIt(pipeline);
            ferry.kill();
        }
        tables.execute(
                "INSERT INTO embeddings VALUES (777777, '', '[7,7.5]')",
                "UPDATE notes SET embedding_ids = embedding_ids || 7000::bigint WHERE id = 15",
                "UPDATE notes SET embedding_ids = NULL WHERE id = 16",
                "INSERT INTO embeddings VALUES (30, '', '[3,0.5]')");
        pipeline.catchUp();

        assertEqual(pipeline, BY_ARRAY);
    }

    @Test
    void aTextColumnMayReferToAnIntegerKeyAndTruncateEmptiesItsSide() {
        tables.execute(
                "CREATE TABLE notes (name text PRIMARY KEY, title text, team integer, embedding_id text)",
                "INSERT INTO notes SELECT 'n' || i, 'note ' || i, i % 7, i::text FROM generate_series(1, 50) i",
                "INSERT INTO notes VALUES ('word', 'leads nowhere', 1, 'word'), ('none', 'refers to nothing', 1, NULL)");
        Pipeline pipeline = pipeline("references: embedding_id");
        FerryProcess.Ended refused = pipeline.run(PATIENCE, "doctor");
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.output()).contains("vectorKeys: integer");

        pipeline = pipeline("references: embedding_id, vectorKeys: integer");
        FerryProcess.Ended doctor = pipeline.run(PATIENCE, "doctor");
        assertThat(doctor.output()).contains("1 references have no vector", "150 vectors have no reference in");
        pipeline.catchUp();
        assertEqual(pipeline, BY_SCALAR);

        assertThat(pipeline.verify("--no-pipeline", "--sample", "50")
                        .at("/sample/matched")
                        .asInt())
                .isEqualTo(50);

        tables.execute("TRUNCATE notes", "INSERT INTO notes VALUES ('n1', 'the only one', 2, '7')");
        pipeline.catchUp();
        assertEqual(pipeline, BY_SCALAR);
    }

    @Test
    void referencesAreGivenTheirNewIdsAndPutBack() {
        tables.execute(
                "CREATE TABLE notes (name text PRIMARY KEY, title text, team integer, embedding_ids bigint[])",
                "INSERT INTO notes SELECT 'n' || i, 'note ' || i, i % 7, ARRAY[2*i-1, NULL, 2*i] FROM generate_series(1, 50) i");
        List<String> before = tables.texts(REFERENCES);
        Pipeline pipeline = pipeline("references: embedding_ids");
        pipeline.write("ids: allocate\n");
        pipeline.catchUp();
        Map<String, String> ids =
                ReferencedVectors.newIds(pipeline.run(PATIENCE, "ids", "export").output());

        FerryProcess.Ended applied = pipeline.run(PATIENCE, "references", "rewrite", "--apply");

        assertThat(applied.exitCode()).as(applied.output()).isZero();
        List<String> expected =
                before.stream().map(id -> ids.getOrDefault(id, id)).toList();
        assertThat(tables.texts(REFERENCES)).isEqualTo(expected);
        FerryProcess.Ended refused = pipeline.run(PATIENCE, "run", "--until", "caught-up");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("--revert");

        FerryProcess.Ended reverted = pipeline.run(PATIENCE, "references", "rewrite", "--revert");
        assertThat(reverted.exitCode()).as(reverted.output()).isZero();
        assertThat(tables.texts(REFERENCES)).isEqualTo(before);
        pipeline.catchUp();
        assertThat(pipeline.target().digests(COLUMNS).keySet()).isEqualTo(Set.copyOf(ids.values()));
    }

    /** @param documents further keys of them */
    private Pipeline pipeline(String documents) {
        return new Pipeline(directory, """
                postgres:
                    url: %s
                    user: %s
                    tables:
                      - name: public.embeddings
                        vector: embedding
                    documents: {table: public.notes, fields: [title, team], %s}""".formatted(server.url("postgres"), server.user(), documents));
    }

    private void verifyFindsWhatWasPlantedAndMendsIt(Pipeline pipeline) {
        PythonEnvironment.lancedb().run(PLANT, directory.resolve("lance").toString());
        pipeline.awaitDifferences(Map.of("50", "missing", "51", "mismatched", "4", "extra"));

        JsonNode report = pipeline.verify("--repair");

        assertThat(report.at("/diff/missing").asInt()).as("row 50").isEqualTo(1);
        assertThat(report.at("/diff/mismatched").asInt()).as("row 51").isEqualTo(1);
        assertThat(report.at("/diff/extra").asInt())
                .as("row 4, which no note refers to")
                .isEqualTo(1);
        assertThat(report.at("/repair/mended").asInt()).isEqualTo(3);
        pipeline.awaitDifferences(Map.of());
    }

    private void assertEqual(Pipeline pipeline, String sql) {
        Map<String, String> expected = tables.digests(sql);
        Map<String, String> actual = pipeline.target().digests(COLUMNS);
        assertThat(actual.keySet()).as("ids in the target").isEqualTo(expected.keySet());
        assertThat(actual).as("digest of every row").isEqualTo(expected);
    }

    private static void onlyWhoHasTheTokenSeesWhichRowsLeadNowhere(Pipeline pipeline) {
        assertThat(pipeline.rest("dead-letters").orElseThrow().findValuesAsText("message"))
                .anyMatch(message -> message.contains("vector 777777"));
        assertThat(pipeline.restForAnyone("dead-letters").orElseThrow().findValuesAsText("message"))
                .isNotEmpty()
                .containsOnly("");
    }

    private static void awaitReferences(Pipeline pipeline, String expected) {
        Awaitility.await("what has no other half is counted")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(pipeline.status())
                        .hasValueSatisfying(status ->
                                assertThat(status.get("references").toString()).isEqualTo(expected)));
    }
}
