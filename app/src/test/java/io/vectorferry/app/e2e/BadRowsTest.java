package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows that cannot be written are dead letters with a typed error; all others arrive. */
class BadRowsTest {
    @TempDir
    Path directory;

    @Test
    void oneBadRowOfEachKindNeverStopsTheGoodOnes() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 3);
            source.create();
            // an untyped vector column takes any dimension
            source.execute("ALTER TABLE articles ALTER COLUMN embedding TYPE vector");
            source.fill(1, 500, 1);
            source.execute(
                    "INSERT INTO articles (id, title, embedding) VALUES (1001, 'too short', '[1,2]')",
                    "INSERT INTO articles (id, title, embedding) VALUES (1002, repeat('x', 5000000), '[1,2,3]')");
            Pipeline pipeline = new Pipeline(directory, server);

            pipeline.catchUp();
            source.execute(
                    "INSERT INTO articles (id, title, embedding) VALUES (1003, 'too long', '[1,2,3,4]')",
                    "INSERT INTO articles (id, title, embedding) VALUES (1004, repeat('y', 5000000), '[1,2,3]')",
                    "INSERT INTO articles (id, title, embedding) VALUES (1005, 'good', '[1,2,3]')");
            pipeline.catchUp();

            var ids = pipeline.target().digests(SourceTable.COLUMNS).keySet();
            assertThat(ids).hasSize(503).contains("1002", "1004", "1005").doesNotContain("1001", "1003");
            JsonNode letters = pipeline.run(Duration.ofSeconds(60), "dead-letters", "list", "--json")
                    .json();
            assertThat(letters.at("/deadLetters").findValuesAsText("error"))
                    .containsExactly("dimension_mismatch", "dimension_mismatch");
            assertThat(letters.at("/deadLetters").findValues("key"))
                    .extracting(JsonNode::longValue)
                    .containsExactlyInAnyOrder(1001L, 1003L);
            assertThat(letters.at("/deadLetters").findValuesAsText("retryable")).containsExactly("true", "true");
            assertNoSecretIsAskedFor(pipeline);
            FerryProcess.Ended again = pipeline.run(Duration.ofMinutes(2), "run", "--until", "caught-up");
            assertThat(again.output())
                    .contains("s: the snapshot was complete before")
                    .doesNotContain("rows of snapshot");

            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                JsonNode verified = pipeline.verify();
                assertThat(verified.at("/count/target").asInt()).isEqualTo(503);
                assertThat(verified.at("/diff/explained").toString()).isEqualTo("{\"dimension_mismatch\":2}");
                JsonNode shown = pipeline.rest("dead-letters").orElseThrow();
                assertThat(shown.findValuesAsText("id")).hasSize(2);
                assertThat(shown.findValuesAsText("state")).containsExactly("open", "open");
                assertThat(shown.findValuesAsText("message")).allMatch(message -> message.contains("dimension"));
                assertThat(pipeline.rest("history").orElseThrow().findValuesAsText("to"))
                        .contains("streaming");
                assertAnOldLetterOfALargeRowHidesNothing(source, pipeline);
                assertThat(ferry.isAlive()).isTrue();
            }

            // when the rows are mended, the next change of each arrives by itself
            source.execute("UPDATE articles SET embedding = '[1,2,3]' WHERE id IN (1001, 1003)");
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);
        }
    }

    /** By commands that open neither the source nor a target. */
    private static void assertNoSecretIsAskedFor(Pipeline pipeline) {
        for (String command : List.of("status", "dead-letters list", "config show", "ids export")) {
            List<String> words = new ArrayList<>(List.of(command.split(" ")));
            words.addAll(List.of(
                    "--set",
                    "source.postgres.url=${env:NO_SUCH_URL}",
                    "--set",
                    "source.postgres.password=${env:NO_SUCH_SECRET}",
                    "--set",
                    "targets.0.lancedb.storage.secret_access_key=${file:/no/such/file}"));
            FerryProcess.Ended ended = pipeline.run(Duration.ofMinutes(1), words.toArray(String[]::new));
            assertThat(ended.exitCode()).as(ended.output()).isZero();
            switch (command) {
                case "dead-letters list" ->
                    assertThat(ended.output()).contains("public.articles 1001: ", "public.articles 1003: ");
                case "config show" -> assertThat(ended.output()).contains("(not set)", "${env:NO_SUCH_SECRET}");
                default -> assertThat(ended.output()).isNotEmpty();
            }
        }
    }

    private static void assertAnOldLetterOfALargeRowHidesNothing(SourceTable source, Pipeline pipeline) {
        source.execute(
                "INSERT INTO articles (id, title, embedding) VALUES (1006, repeat('z', 34 * 1024 * 1024), '[1,2,3]')");
        pipeline.awaitWritten();
        JsonNode explained = pipeline.verify().at("/diff/explained");
        assertThat(explained.at("/dimension_mismatch").asInt()).isEqualTo(2);
        assertThat(explained.at("/schema").asInt()).isEqualTo(1);

        source.execute("UPDATE articles SET title = 'short' WHERE id = 1006");
        pipeline.awaitWritten();
        PythonEnvironment.lancedb()
                .run(
                        "import sys, lancedb\nlancedb.connect(sys.argv[1]).open_table('articles').delete('id = 1006')",
                        pipeline.directory.resolve("lance").toString());
        FerryProcess.Ended found = pipeline.run(Duration.ofMinutes(2), "verify", "--json");
        assertThat(found.exitCode()).as(found.output()).isEqualTo(2);
        assertThat(found.json().at("/diff/missing").asInt()).isEqualTo(1);
        source.execute("UPDATE articles SET title = 'shorter' WHERE id = 1006");
        pipeline.awaitWritten();
    }
}
