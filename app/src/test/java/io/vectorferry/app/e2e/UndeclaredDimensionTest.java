package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * LangChain's one table for all collections, with vectors of several dimensions and a filter that keeps those of one; and
 * pgvector in a schema of its own, for a role with the least rights.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UndeclaredDimensionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(90);
    private static final String TABLE = "langchain_pg_embedding";
    private static final String A = "aaaaaaaa-0000-0000-0000-000000000000";
    private static final String B = "bbbbbbbb-0000-0000-0000-000000000000";
    private static final String FILTER = "transform: [{filter: \"collection_id == '%s'\"}]%n".formatted(B);

    private PostgresServer server;
    private SourceTable source;

    @TempDir
    Path directory;

    @BeforeAll
    void startServer() {
        server = PostgresServer.forTest();
        source = new SourceTable(server, 3);
        source.execute(
                "CREATE SCHEMA extensions",
                "CREATE EXTENSION vector SCHEMA extensions",
                "CREATE ROLE ferry LOGIN REPLICATION",
                "GRANT USAGE ON SCHEMA public TO ferry");
    }

    @AfterAll
    void stopServer() {
        server.close();
    }

    @BeforeEach
    void makeTable() {
        source.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
                "DROP PUBLICATION IF EXISTS vectorferry_articles",
                "DROP TABLE IF EXISTS " + TABLE,
                "CREATE TABLE %s (id varchar PRIMARY KEY, collection_id uuid, embedding extensions.vector, document varchar, cmetadata jsonb)"
                        .formatted(TABLE),
                "GRANT SELECT ON %s TO ferry".formatted(TABLE),
                "CREATE PUBLICATION vectorferry_articles FOR TABLE %s WITH (publish_via_partition_root = true)"
                        .formatted(TABLE));
    }

    @Test
    void theRowsThatTheFilterKeepsSayTheDimension() {
        fill();
        Pipeline pipeline = pipeline("");
        assertThat(pipeline.run(TIMEOUT, "doctor").output())
                .contains(
                        "2 rows of 3, 2 rows of 4",
                        "dimension: n",
                        "GRANT USAGE ON SCHEMA \"extensions\" TO \"ferry\";");
        pipeline.catchUp();
        assertRowsOfB(pipeline, "b1", "b2");

        FerryProcess.Ended refused = pipeline.run(TIMEOUT, "verify", "--no-pipeline", "--top-k", "2");
        assertThat(refused.exitCode()).as(refused.output()).isNotZero();
        assertThat(refused.output()).contains("GRANT USAGE ON SCHEMA");
        source.execute("GRANT USAGE ON SCHEMA extensions TO ferry");
        try {
            JsonNode report = pipeline.verify("--no-pipeline", "--top-k", "2");
            assertThat(report.at("/verdict").asText()).as(report.toString()).isEqualTo("pass");
            assertThat(report.at("/search/meanOverlap").asDouble()).isEqualTo(1);
        } finally {
            source.execute("REVOKE USAGE ON SCHEMA extensions FROM ferry");
        }
    }

    @Test
    void aDimensionThatIsGivenIsTheirs() {
        fill();
        Pipeline pipeline = pipeline(", dimension: 4");
        assertThat(pipeline.run(TIMEOUT, "doctor").output()).contains("of another than 4");
        pipeline.catchUp();
        assertRowsOfB(pipeline, "b1", "b2");
    }

    @Test
    void theFirstRowMayComeLater() {
        Pipeline pipeline = pipeline("");
        try (FerryProcess running = pipeline.start("run")) {
            pipeline.awaitStreaming(5);
            fill();
            pipeline.awaitWritten();
            Awaitility.await("both rows")
                    .atMost(TIMEOUT)
                    .ignoreExceptions()
                    .until(() -> pipeline.target().digests("id").size() == 2);
            assertThat(running.isAlive()).isTrue();
            assertThat(pipeline.status().orElseThrow().at("/deadLetters").asInt())
                    .isZero();
        }
        assertRowsOfB(pipeline, "b1", "b2");
    }

    private void fill() {
        source.execute("""
                INSERT INTO %s (id, collection_id, embedding, document) VALUES
                  ('a1', '%2$s', '[1,2,3]', 'a'), ('a2', '%2$s', '[4,5,6]', 'a'),
                  ('b1', '%3$s', '[1,2,3,4]', 'b'), ('b2', '%3$s', '[5,6,7,8]', 'b')""".formatted(TABLE, A, B));
    }

    private Pipeline pipeline(String more) {
        Pipeline pipeline = new Pipeline(directory, """
                postgres:
                    url: %s
                    user: ferry
                    tables: [{name: public.%s, vector: embedding%s}]""".formatted(server.url("postgres"), TABLE, more));
        pipeline.write(FILTER);
        return pipeline;
    }

    private static void assertRowsOfB(Pipeline pipeline, String... ids) {
        assertThat(pipeline.target().digests("id", "document").keySet()).containsExactly(ids);
        pipeline.verify("--no-pipeline");
    }
}
