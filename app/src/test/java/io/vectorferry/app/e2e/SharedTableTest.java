package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two tables with the same keys into one LanceDB table. */
class SharedTableTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    /** Of each table. More by {@code -Dferry.test.shared.rows=300000}. */
    private static final int ROWS = Integer.getInteger("ferry.test.shared.rows", 50);

    /** One row less, another one's title. */
    private static final String PLANT = """
            import sys, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            table.delete(f"id = {sys.argv[2]}")
            table.update(where=f"id = {sys.argv[3]}", values={"title": "somebody else's"})
            """;

    @TempDir
    Path directory;

    @Test
    void allocatedIdsLetAllRowsInLeadBothWaysAndAreRepaired() {
        try (PostgresServer server = PostgresServer.forTest()) {
            Pipeline pipeline = twoTables(server);
            pipeline.write("ids: allocate\n" + Pipeline.EAGER);

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                assertThat(pipeline.target().digests("id", "title", "embedding"))
                        .hasSize(2 * ROWS);

                Ended there =
                        pipeline.run(PATIENCE, "ids", "lookup", "--old", "7", "--collection", "public.notes", "--json");
                assertThat(there.exitCode()).as(there.output()).isZero();
                String id = there.json().get("new").asText();
                Ended back = pipeline.run(PATIENCE, "ids", "lookup", "--new", id, "--json");
                assertThat(back.json().get("collection").asText()).isEqualTo("public.notes");
                assertThat(back.json().get("old").asLong()).isEqualTo(7);
                assertThat(pipeline.run(PATIENCE, "ids", "lookup", "--old", Integer.toString(ROWS + 1))
                                .exitCode())
                        .isEqualTo(1);
                assertThat(pipeline.run(PATIENCE, "ids", "lookup", "--old", "7", "--collection", "public.note"))
                        .satisfies(unknown -> assertThat(unknown.exitCode()).isEqualTo(1))
                        .extracting(Ended::output)
                        .asString()
                        .contains("has no collection public.note, did you mean public.notes?")
                        .contains("Its collections: ");
                assertThat(pipeline.run(PATIENCE, "ids", "export")
                                .output()
                                .lines()
                                .filter(line -> line.startsWith("{")))
                        .hasSize(2 * ROWS);
                repairs(pipeline, "%s", id, idOf(pipeline, "8"));
                aKilledVerificationIsTakenUp(server, pipeline);
                assertThat(ferry.isAlive()).isTrue();
            }
        }
    }

    @Test
    void rowsUnderComputedIdsAreRepaired() {
        try (PostgresServer server = PostgresServer.forTest()) {
            Pipeline pipeline = twoTables(server);
            pipeline.write("ids: uuid5\n" + Pipeline.EAGER);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                repairs(pipeline, "'%s'", idOf(pipeline, "7"), idOf(pipeline, "8"));
                assertThat(ferry.isAlive()).isTrue();
            }
        }
    }

    @Test
    void preservedIdsThatClashAreDeadLettersAndNeverOverwrite() {
        try (PostgresServer server = PostgresServer.forTest()) {
            Pipeline pipeline = twoTables(server);

            pipeline.catchUp();

            assertThat(pipeline.target().digests("id", "title", "embedding")).hasSize(ROWS);
            assertThat(pipeline.run(PATIENCE, "dead-letters", "list", "--json")
                            .json()
                            .at("/deadLetters")
                            .findValuesAsText("error"))
                    .hasSize(ROWS)
                    .containsOnly("id_conflict");
            assertThat(pipeline.verify("--no-pipeline").at("/diff/explained").toString())
                    .isEqualTo("{\"id_conflict\":%d}".formatted(ROWS));

            pipeline.write("ids: uuid5\n");
            Ended refused = pipeline.run(PATIENCE, "run", "--until", "caught-up");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.output()).contains("Write `ids: preserve` again");
        }
    }

    /** Killed where it has read one table, and the target, and waits for the lock on the other table. */
    private void aKilledVerificationIsTakenUp(PostgresServer server, Pipeline pipeline) {
        Path notes = directory.resolve("ferry-data/verify/full/lake/0");
        SourceTable source = new SourceTable(server, 3);
        try (Connection locking = source.connect();
                Statement statement = locking.createStatement()) {
            locking.setAutoCommit(false);
            statement.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE");
            try (FerryProcess killed = pipeline.start("verify", "--set", "verification.checkpointEvery=1ms")) {
                Awaitility.await("checkpoints of both scans")
                        .atMost(PATIENCE)
                        .ignoreExceptionsInstanceOf(NoSuchFileException.class)
                        .until(() -> Files.exists(notes.resolve("source.json"))
                                && Files.readString(notes.resolve("target.json"))
                                        .contains("\"complete\":true"));
                killed.kill();
            }
            locking.rollback();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        source.execute("UPDATE notes SET title = 'another one' WHERE id = 1", "DELETE FROM notes WHERE id = 2");

        JsonNode report = pipeline.verify("--set", "verification.checkpointEvery=1ms");

        assertThat(report.at("/resumedFrom").asText()).isNotEmpty();
        assertThat(report.at("/count/source").asInt()).isEqualTo(2 * ROWS - 1);
        assertThat(report.at("/count/target").asInt()).isEqualTo(2 * ROWS - 1);
        assertThat(notes).doesNotExist();
    }

    /** @param literal of an id in SQL */
    private void repairs(Pipeline pipeline, String literal, String missing, String mismatched) {
        PythonEnvironment.lancedb()
                .run(
                        PLANT,
                        directory.resolve("lance").toString(),
                        literal.formatted(missing),
                        literal.formatted(mismatched));
        pipeline.awaitDifferences(Map.of(missing, "missing", mismatched, "mismatched"));

        JsonNode report = pipeline.verify("--repair");

        assertThat(report.at("/diff/missing").asInt()).isEqualTo(1);
        assertThat(report.at("/diff/mismatched").asInt()).isEqualTo(1);
        assertThat(report.at("/diff/extra").asInt()).isZero();
        assertThat(report.at("/repair/mended").asInt()).isEqualTo(2);
        pipeline.awaitDifferences(Map.of());
        assertThat(pipeline.verification().path("error").asText()).isEmpty();
    }

    private static String idOf(Pipeline pipeline, String key) {
        return pipeline.run(PATIENCE, "ids", "lookup", "--old", key, "--collection", "public.notes", "--json")
                .json()
                .get("new")
                .asText();
    }

    private Pipeline twoTables(PostgresServer server) {
        SourceTable source = new SourceTable(server, 3);
        source.create();
        source.fill(1, ROWS, 1);
        source.execute(
                "CREATE TABLE notes (id bigint PRIMARY KEY, title text, embedding vector(3))",
                "INSERT INTO notes SELECT id, 'note ' || id, '[1,2,3]' FROM articles");
        return new Pipeline(directory, """
                postgres:
                    url: %s
                    user: %s
                    tables:
                      - {name: public.articles, vector: embedding}
                      - {name: public.notes, vector: embedding}""".formatted(server.url("postgres"), server.user()));
    }
}
