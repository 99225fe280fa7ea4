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

/** Faults that are planted in the target behind the pipeline's back are all found, and none is invented while an application writes. */
class VerifyTest {
    /** More by {@code -Dferry.test.verify.rows=100000}. */
    private static final int ROWS = Integer.getInteger("ferry.test.verify.rows", 5_000);

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
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                try (MixedWriter writer = MixedWriter.start(source, DIMENSION, QUIET, 43, WRITE_PAUSE)) {
                    Awaitility.await().atMost(TIMEOUT).until(() -> writer.writes() > 200);
                    FerryProcess.Ended clean = pipeline.run(TIMEOUT, "verify", "--json");
                    assertThat(clean.exitCode()).as(clean.output()).isZero();

                    PythonEnvironment.lancedb()
                            .run(PLANT, directory.resolve("lance").toString());
                    long before = writer.writes();
                    FerryProcess.Ended found = pipeline.run(TIMEOUT, "verify", "--json");
                    assertThat(writer.writes()).isGreaterThan(before);
                    assertThat(found.exitCode()).as(found.output()).isEqualTo(2);
                    assertThat(examples(found.json())).isEqualTo(planted());

                    FerryProcess.Ended mended = pipeline.run(TIMEOUT, "verify", "--repair", "--json");
                    assertThat(mended.exitCode()).as(mended.output()).isZero();
                    assertThat(mended.json().at("/repair/mended").asInt())
                            .as(mended.output())
                            .isEqualTo(planted().size());
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
            assertThat(still.output()).contains("pass").contains("stand still");
        }
    }

    private static Map<String, String> planted() {
        return new TreeMap<>(Map.of(
                "4001", "mismatched embedding: one bit differs",
                "4002", "mismatched title: another value",
                "4003", "mismatched holds the row of id 4004",
                "4004", "mismatched holds the row of id 4003",
                "4005", "mismatched views: not in the target",
                "4007", "missing",
                "4008", "mismatched embedding: the same direction, another length: normalised on one side only?",
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
