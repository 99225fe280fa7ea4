package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults that are planted in the target behind the pipeline's back are all found, by a verification that is asked for and by the one beside
 * the pipeline, and none is invented while an application writes.
 */
class VerifyTest {
    /** More by {@code -Dferry.test.verify.rows=100000}. */
    private static final int ROWS = Integer.getInteger("ferry.test.verify.rows", 5_000);

    private static final int MANY_ROWS = 100_000;
    private static final double LEAST_RATE = 500;

    /** What goes on beside the pipeline takes minutes with many rows, and is tested with few. */
    private static final boolean SWEPT = ROWS < MANY_ROWS;

    private static final int DIMENSION = 32;
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    /** So little that PostgreSQL, more than the pause, bounds how fast the application writes. */
    private static final Duration WRITE_PAUSE = Duration.ofMillis(1);

    /** The ids from here on are left alone by the application. */
    private static final long QUIET = 4_000;

    private static final String PLANT = """
            import sys, struct, pyarrow as pa, lancedb, lance
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            rows = table.search().where("id >= 4001 AND id <= 4010").limit(100).to_arrow()
            by_id = {row["id"]: row for row in rows.to_pylist()}
            changed = []
            flipped = dict(by_id[4001])
            bits = struct.unpack("<I", struct.pack("<f", flipped["embedding"][7]))[0] ^ 1
            flipped["embedding"] = list(flipped["embedding"])
            flipped["embedding"][7] = struct.unpack("<f", struct.pack("<I", bits))[0]
            changed.append(flipped)
            changed.append({**by_id[4002], "title": "somebody else's"})
            changed.append({**by_id[4003], "id": 4004})
            changed.append({**by_id[4004], "id": 4003})
            changed.append({**by_id[4005], "views": None})
            changed.append({**by_id[4006], "id": 990000001})
            halved = {**by_id[4008]}
            halved["embedding"] = [x / 2 for x in halved["embedding"]]
            changed.append(halved)
            gone = [4007] + [row["id"] for row in changed]
            table.delete("id IN (%s)" % ", ".join(str(id) for id in gone))
            table.add(pa.Table.from_pylist(changed, schema=table.schema))
            """;

    @TempDir
    Path directory;

    @Test
    void everyPlantedFaultIsNamedNoneIsInventedAndRepairMendsThem() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 42);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.write(SWEPT ? Pipeline.EAGER : "");
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                try (MixedWriter writer = MixedWriter.start(source, DIMENSION, QUIET, 43, WRITE_PAUSE)) {
                    Awaitility.await().atMost(TIMEOUT).until(() -> writer.writes() > 200);
                    FerryProcess.Ended clean = pipeline.run(TIMEOUT, "verify", "--json");
                    assertThat(clean.exitCode()).as(clean.output()).isZero();
                    if (SWEPT) {
                        pipeline.awaitCleanSweep();
                    }

                    source.execute("UPDATE articles SET views = views + 1 WHERE id IN (4002, 4007, 4009)");
                    pipeline.awaitWritten();
                    PythonEnvironment.lancedb()
                            .run(PLANT, directory.resolve("lance").toString());
                    FerryProcess.Ended touched = pipeline.run(TIMEOUT, "verify", "--since-last", "--json");
                    assertThat(touched.exitCode()).as(touched.output()).isEqualTo(2);
                    tell("--since-last", touched.json());
                    assertThat(examples(touched.json())).isEqualTo(plantedInTouchedRows());
                    assertThat(touched.json().at("/since/barrier"))
                            .isEqualTo(clean.json().at("/barrier"));

                    long before = writer.writes();
                    FerryProcess.Ended found = pipeline.run(TIMEOUT, "verify", "--json");
                    assertThat(writer.writes()).isGreaterThan(before);
                    assertThat(found.exitCode()).as(found.output()).isEqualTo(2);
                    tell("--full", found.json());
                    assertThat(examples(found.json())).isEqualTo(planted());
                    if (SWEPT) {
                        theVerificationBesideThePipelineSaysTheSame(pipeline);
                    }

                    FerryProcess.Ended mended = pipeline.run(TIMEOUT, "verify", "--repair", "--json");
                    assertThat(mended.exitCode()).as(mended.output()).isZero();
                    assertThat(mended.json().at("/repair/mended").asInt())
                            .as(mended.output())
                            .isEqualTo(planted().size());
                    pipeline.awaitDifferences(Map.of());
                    assertThat(canSwitch(pipeline)).doesNotContain("differ");
                    aRowThatStandsTwiceIsRefusedWithTheRemedyThatWorks(pipeline);
                    assertRate(writer);
                }
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            }
            FerryProcess.Ended stopped = pipeline.run(TIMEOUT, "verify");
            assertThat(stopped.exitCode()).isEqualTo(1);
            assertThat(stopped.output()).contains("is not running", "--no-pipeline");
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);
            FerryProcess.Ended still =
                    pipeline.run(TIMEOUT, "verify", "--no-pipeline", "--set", "data.dir=./elsewhere");
            assertThat(still.exitCode()).as(still.output()).isZero();
            assertThat(still.output()).contains("pass").contains("assumed that neither store changed");
        }
    }

    private void aRowThatStandsTwiceIsRefusedWithTheRemedyThatWorks(Pipeline pipeline) {
        String lance = directory.resolve("lance").toString();
        PythonEnvironment.lancedb().run("""
                import sys, lancedb
                table = lancedb.connect(sys.argv[1]).open_table("articles")
                table.add(table.search().where("id = 4011").limit(10).to_arrow().select(table.schema.names))
                """, lance);
        FerryProcess.Ended refused = pipeline.run(TIMEOUT, "verify", "--repair", "--json");
        assertThat(refused.exitCode()).as(refused.output()).isEqualTo(2);
        assertThat(refused.json().path("repair").toString())
                .isEqualTo(
                        "{\"published\":0,\"mended\":0,\"reasons\":[\"id 4011 occurs 2 times in the target, and a write by id replaces one row: delete all rows of this id there, then run `ferry verify --repair` again\"]}");
        PythonEnvironment.lancedb()
                .run(
                        "import sys, lancedb\nlancedb.connect(sys.argv[1]).open_table('articles').delete('id = 4011')",
                        lance);
        FerryProcess.Ended repaired = pipeline.run(TIMEOUT, "verify", "--repair", "--json");
        assertThat(repaired.exitCode()).as(repaired.output()).isZero();
        assertThat(repaired.json().at("/repair/mended").asInt()).isEqualTo(1);
    }

    /** In the status, by id, in metrics, and in what keeps one from switching. */
    private static void theVerificationBesideThePipelineSaysTheSame(Pipeline pipeline) {
        Map<String, String> kinds = planted();
        kinds.replaceAll((id, what) -> what.replaceFirst(" .*", ""));
        pipeline.awaitDifferences(kinds);
        assertThat(canSwitch(pipeline))
                .contains("\"ok\":false", "8 rows of lake differ", "ferry verify --full --repair");
        assertThat(pipeline.metrics())
                .containsPattern("vectorferry_verification_differences\\{[^}]*target=\"lake\"[^}]*\\} 8\\.0")
                .containsPattern("vectorferry_verification_sweeps_total\\{[^}]*\\} [1-9]");
        assertThat(pipeline.run(TIMEOUT, "status").output())
                .containsPattern("verified [\\d,]+ rows {2}different 8 {2}sweep \\d+ % {2}sweeps [1-9]");
    }

    private static String canSwitch(Pipeline pipeline) {
        return pipeline.status().orElseThrow().at("/canSwitch").toString();
    }

    private static void tell(String option, JsonNode report) {
        System.out.printf(
                Locale.ROOT,
                "%s: %,d rows looked at in %.1f s%n",
                option,
                report.at("/diff/checked").asInt(),
                report.at("/seconds").asDouble());
    }

    /** At the small size the application has hardly begun. */
    private static void assertRate(MixedWriter writer) {
        double rate = writer.writesPerSecond();
        System.out.printf(Locale.ROOT, "%,d rows verified while %.0f changes/s were committed%n", ROWS, rate);
        if (!SWEPT) {
            assertThat(rate).as("changes a second").isGreaterThan(LEAST_RATE);
        }
    }

    /** A run that asks the pipeline what it has touched knows of no fault in any other row. */
    private static Map<String, String> plantedInTouchedRows() {
        Map<String, String> found = planted();
        found.keySet().retainAll(Set.of("4002", "4007"));
        return found;
    }

    private static Map<String, String> planted() {
        return new TreeMap<>(Map.of(
                "4001", "mismatched embedding: one bit differs",
                "4002", "mismatched title: another value",
                "4003", "mismatched holds the row of id 4004",
                "4004", "mismatched holds the row of id 4003",
                "4005", "mismatched views: not in the target",
                "4007", "missing",
                "4008", "mismatched embedding: the same direction, another length: normalized on one side only?",
                "990000001", "extra"));
    }

    private static Map<String, String> examples(JsonNode report) {
        Map<String, String> examples = new TreeMap<>();
        for (JsonNode example : report.at("/diff/examples")) {
            String what = example.at("/note").asText();
            if (what.isEmpty() && example.at("/fields").size() > 0) {
                what = example.at("/fields/0/field").asText() + ": "
                        + example.at("/fields/0/how").asText();
            }
            examples.put(example.at("/id").asText(), (example.at("/kind").asText() + " " + what).strip());
        }
        return examples;
    }
}
