package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Targets that were given no index and no metric find what the source finds, of vectors that are hardest to index. */
class DefaultSearchTest {
    private static final int ROWS = 30_000;
    private static final int DIMENSION = 64;
    private static final double REQUIRED_OVERLAP = 0.95;
    private static final Duration INDEXED = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    @Test
    void bothTargetsAreSearchedByTheSourcesMetricAndFindTheNearest() {
        try (PostgresServer postgres = PostgresServer.forTest();
                MilvusServer milvus = MilvusServer.forTest()) {
            SourceTable source = new SourceTable(postgres, DIMENSION);
            source.create();
            source.fill(1, ROWS, 11);
            // Neither LanceDB's own default nor Milvus'. One list: made at once, and exact.
            source.execute("CREATE INDEX ON articles USING ivfflat (embedding vector_ip_ops) WITH (lists = 1)");
            Pipeline pipeline = new Pipeline(directory, postgres);
            pipeline.addTarget("{name: vectors, milvus: {uri: \"%s\", collection: articles}}".formatted(milvus.uri()));
            pipeline.write("");
            // The end of a run waits a minute for the index; on a busy machine the next run builds it.
            Awaitility.await("the index").atMost(INDEXED).until(() -> {
                pipeline.catchUp();
                return isIndexed(pipeline);
            });

            assertFindsTheNearest(pipeline.verify("--no-pipeline", "--top-k", "10"), "IVF_");
            assertFindsTheNearest(
                    pipeline.verify("--no-pipeline", "--top-k", "10", "--target", "vectors"), "vector, dot");
        }
    }

    private static boolean isIndexed(Pipeline pipeline) {
        return PythonEnvironment.lancedb()
                .run(
                        "import sys, lancedb\nprint(len(lancedb.connect(sys.argv[1]).open_table('articles').list_indices()))",
                        pipeline.directory.resolve("lance").toString())
                .strip()
                .equals("1");
    }

    private static void assertFindsTheNearest(JsonNode report, String index) {
        assertThat(report.at("/search/metric").asText()).isEqualTo("dot");
        assertThat(report.at("/search/index").asText()).startsWith(index).endsWith("dot");
        assertThat(report.at("/search/findings")).isEmpty();
        assertThat(report.at("/search/meanOverlap").asDouble()).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);
    }
}
