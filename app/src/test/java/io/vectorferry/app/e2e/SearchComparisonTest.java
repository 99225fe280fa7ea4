package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A target in which searches find other rows than the source's is told, and why. */
class SearchComparisonTest {
    private static final int ROWS = 2_000;
    private static final int DIMENSION = 16;
    private static final Duration TIMEOUT = Duration.ofMinutes(3);

    private static final String[] VERIFY = {"verify", "--no-pipeline", "--top-k", "10", "--seed", "7", "--json"};

    private static final String WRONG_METRIC = """
            import sys, lancedb
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            table.create_index("cosine", vector_column_name="embedding", index_type="IVF_FLAT", num_partitions=1)
            """;

    private static final String ONE_LENGTH = """
            import sys, math, lancedb, pyarrow as pa
            table = lancedb.connect(sys.argv[1]).open_table("articles")
            rows = table.to_arrow().to_pylist()
            for row in rows:
                length = math.sqrt(sum(x * x for x in row["embedding"]))
                row["embedding"] = [x / length for x in row["embedding"]]
            table.delete("true")
            table.add(pa.Table.from_pylist(rows, schema=table.schema))
            """;

    @TempDir
    Path directory;

    @Test
    void aWrongMetricAndNormalisedVectorsAreNamed() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 42);
            source.execute("CREATE INDEX ON articles USING hnsw (embedding vector_l2_ops)");
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.catchUp();

            FerryProcess.Ended right = pipeline.run(TIMEOUT, VERIFY);
            assertThat(right.exitCode()).as(right.output()).isZero();
            assertThat(right.json().at("/search/queries").asInt()).isEqualTo(50);
            assertThat(right.json().at("/search/metric").asText()).isEqualTo("l2");
            assertThat(right.json().at("/search/minOverlap").asDouble()).isEqualTo(1);
            assertThat(right.json().at("/search/findings")).isEmpty();
            assertThat(right.json().at("/search/source/meanOverlap").asDouble()).isGreaterThan(0.8);
            assertThat(right.json().at("/search/source/millis/p50").asDouble()).isPositive();

            FerryProcess.Ended filtered = pipeline.run(TIMEOUT, filtered("views > 0 && title < 'article 7'"));
            assertThat(filtered.exitCode()).as(filtered.output()).isZero();
            assertThat(filtered.json().at("/search/minOverlap").asDouble()).isEqualTo(1);
            assertThat(filtered.json().at("/search/overlaps").size()).isEqualTo(50);
            assertThat(filtered.json().at("/search/filter").asText()).startsWith("views > 0");
            FerryProcess.Ended refused = pipeline.run(TIMEOUT, filtered("views != 0"));
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.output()).contains("`views != 0`", "join the comparisons by &&");

            python(WRONG_METRIC);
            FerryProcess.Ended wrong = pipeline.run(TIMEOUT, VERIFY);
            assertThat(wrong.exitCode()).as(wrong.output()).isEqualTo(2);
            assertThat(wrong.json().at("/diff/mismatched").asInt()).isZero();
            assertThat(wrong.json().at("/search/meanOverlap").asDouble()).isLessThan(0.95);
            assertThat(wrong.json().at("/search/overlapWithoutIndex").asDouble())
                    .isEqualTo(1);
            assertThat(wrong.json().at("/search/findings/0").asText())
                    .startsWith("metric:")
                    .contains("l2", "cosine");

            python(ONE_LENGTH);
            FerryProcess.Ended normalised = pipeline.run(TIMEOUT, VERIFY);
            assertThat(normalised.exitCode()).as(normalised.output()).isEqualTo(2);
            assertThat(normalised.json().at("/search/findings").toString()).contains("normalisation:", "50 of 50");
        }
    }

    private static String[] filtered(String filter) {
        String[] command = Arrays.copyOf(VERIFY, VERIFY.length + 2);
        command[VERIFY.length] = "--filter";
        command[VERIFY.length + 1] = filter;
        return command;
    }

    private void python(String program) {
        PythonEnvironment.lancedb().run(program, directory.resolve("lance").toString());
    }
}
