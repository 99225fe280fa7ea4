package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.PostgresServer;
import io.vectorferry.deploy.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While the pipeline runs it finds by itself what someone else did to the target, and never takes an application's changes for it. */
class ContinuousVerificationTest {
    private static final int ROWS = 900;
    private static final int DIMENSION = 32;
    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    /** The ids from here on are left alone by the application. */
    private static final long QUIET = 600;

    private static final String PLANT = """
            import sys, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            table.update(where="id = 701", values={"title": "somebody else's"})
            table.delete("id = 702")
            row = table.search().where("id = 703").to_arrow()
            table.add(row.set_column(row.schema.get_field_index("id"), row.schema.field("id"), [[990000001]]).select(table.schema.names))
            """;

    @TempDir
    Path directory;

    @Test
    void whatSomeoneElseDidToTheTargetIsSaidByIdUntilItIsMendedAndNothingElseEver() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 42);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.write("verification: {continuous: {rowsPerSecond: 100000, share: 100, sweepEvery: 100ms}}");
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                try (MixedWriter writer = MixedWriter.start(source, DIMENSION, QUIET, 43)) {
                    await(pipeline, "/sweepsCompleted", 2);
                    assertThat(writer.writes()).isPositive();
                    assertThat(differences(pipeline)).isEmpty();

                    PythonEnvironment.lancedb()
                            .run(PLANT, directory.resolve("lance").toString());
                    Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> assertThat(differences(pipeline))
                            .isEqualTo(planted()));
                    await(
                            pipeline,
                            "/sweepsCompleted",
                            verification(pipeline).path("sweepsCompleted").asInt() + 1);
                    assertThat(differences(pipeline)).isEqualTo(planted());
                    assertThat(status(pipeline).at("/canSwitch").toString())
                            .contains("\"ok\":false", "3 rows of lake differ", "ferry verify --full --repair");
                    assertThat(pipeline.metrics())
                            .containsPattern(
                                    "vectorferry_verification_differences\\{[^}]*target=\"lake\"[^}]*\\} 3\\.0")
                            .containsPattern("vectorferry_verification_sweeps_total\\{[^}]*\\} [1-9]");
                    assertThat(pipeline.run(TIMEOUT, "status").output())
                            .containsPattern("verified [\\d,]+ rows {2}different 3 {2}sweep \\d+ % {2}sweeps [1-9]");

                    pipeline.verify("--repair");

                    Awaitility.await().atMost(TIMEOUT).untilAsserted(() -> assertThat(differences(pipeline))
                            .isEmpty());
                    assertThat(status(pipeline).at("/canSwitch").toString()).doesNotContain("differ");
                }
                assertThat(verification(pipeline).path("error").asText()).isEmpty();
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            }
        }
    }

    private static Map<String, String> planted() {
        return new TreeMap<>(Map.of("701", "mismatched", "702", "missing", "990000001", "extra"));
    }

    private static void await(Pipeline pipeline, String number, int atLeast) {
        Awaitility.await(number)
                .atMost(TIMEOUT)
                .until(() -> verification(pipeline).at(number).asInt() >= atLeast);
    }

    private static JsonNode status(Pipeline pipeline) {
        return pipeline.status().orElseThrow();
    }

    private static JsonNode verification(Pipeline pipeline) {
        return status(pipeline).at("/targets/0/verification");
    }

    private static Map<String, String> differences(Pipeline pipeline) {
        JsonNode found = verification(pipeline);
        Map<String, String> differences = new TreeMap<>();
        for (JsonNode example : found.path("examples")) {
            differences.put(example.path("id").asText(), example.path("kind").asText());
        }
        assertThat(found.path("differences").asInt()).isEqualTo(differences.size());
        return differences;
    }
}
