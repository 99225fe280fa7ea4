package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.PostgresServer;
import io.vectorferry.deploy.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two tables with the same keys into one LanceDB table. */
class SharedTableTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int ROWS = 50;

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
            pipeline.write("ids: allocate\n");

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
                assertThat(pipeline.run(PATIENCE, "ids", "lookup", "--old", "999")
                                .exitCode())
                        .isEqualTo(1);
                assertThat(pipeline.run(PATIENCE, "ids", "export")
                                .output()
                                .lines()
                                .filter(line -> line.startsWith("{")))
                        .hasSize(2 * ROWS);
                repairs(pipeline, id, idOf(pipeline, "8"));
                assertThat(pipeline.verify().at("/count/target").asInt()).isEqualTo(2 * ROWS);
                assertThat(ferry.isAlive()).isTrue();
            }
        }
    }

    @Test
    void rowsUnderComputedIdsAreRepaired() {
        try (PostgresServer server = PostgresServer.forTest()) {
            Pipeline pipeline = twoTables(server);
            pipeline.write("ids: uuid5\n");
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                repairs(pipeline, "'%s'".formatted(idOf(pipeline, "7")), "'%s'".formatted(idOf(pipeline, "8")));
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

    /** @param missing an id as SQL has it, as {@code mismatched} */
    private void repairs(Pipeline pipeline, String missing, String mismatched) {
        PythonEnvironment.lancedb().run(PLANT, directory.resolve("lance").toString(), missing, mismatched);
        JsonNode report = pipeline.verify("--repair");
        assertThat(report.at("/diff/missing").asInt()).isEqualTo(1);
        assertThat(report.at("/diff/mismatched").asInt()).isEqualTo(1);
        assertThat(report.at("/diff/extra").asInt()).isZero();
        assertThat(report.at("/repair/mended").asInt()).isEqualTo(2);
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
