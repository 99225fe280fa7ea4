package io.vectorferry.producer.postgres.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.wire.Distance;
import io.vectorferry.producer.postgres.SourceBench;
import io.vectorferry.producer.spi.Source;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** By what the application searches a table, told by the table's own indexes. */
@Timeout(60)
class VectorIndexesTest {
    private static final Map<List<String>, Optional<DistanceMetric>> INDEXES = Map.of(
            List.of("hnsw (embedding vector_l2_ops)"), Optional.of(DistanceMetric.L2),
            List.of("ivfflat (embedding vector_ip_ops)"), Optional.of(DistanceMetric.DOT),
            List.of("hnsw (embedding vector_cosine_ops) WHERE id > 1"), Optional.of(DistanceMetric.COSINE),
            List.of("hnsw ((embedding::halfvec(3)) halfvec_cosine_ops)"), Optional.of(DistanceMetric.COSINE),
            List.of("hnsw ((embedding::halfvec(3)) halfvec_ip_ops)", "hnsw (other vector_l2_ops)"),
                    Optional.of(DistanceMetric.DOT),
            List.of("hnsw ((binary_quantize(embedding)::bit(3)) bit_hamming_ops)"), Optional.empty(),
            List.of("hnsw (embedding vector_l1_ops)"), Optional.empty(),
            List.of("hnsw (embedding vector_l2_ops)", "hnsw (embedding vector_cosine_ops)"), Optional.empty(),
            List.of("hnsw (other vector_l2_ops)"), Optional.empty());

    @Test
    void everyIndexOfTheColumnTellsItsMetricAndThoseThatDifferTellNone() {
        try (SourceBench bench = new SourceBench()) {
            Source source = bench.source("{name: public.t, vector: embedding}");
            INDEXES.forEach((indexes, metric) -> {
                bench.sql(
                        "DROP TABLE IF EXISTS t",
                        "CREATE TABLE t (other vector(3), id int PRIMARY KEY, embedding vector(3))");
                indexes.forEach(index -> bench.sql("CREATE INDEX ON t USING " + index));
                assertThat(source.reader().searchMetric("public.t"))
                        .as(indexes.toString())
                        .isEqualTo(metric);
            });

            bench.sql(
                    "DROP TABLE t",
                    "CREATE TABLE t (id int, embedding vector(3), PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                    "CREATE TABLE old_part (more int, embedding vector(3), id int NOT NULL)",
                    "ALTER TABLE old_part DROP COLUMN more",
                    "ALTER TABLE t ATTACH PARTITION old_part FOR VALUES FROM (0) TO (100)",
                    "CREATE INDEX ON old_part USING hnsw (embedding vector_ip_ops)");
            assertThat(source.reader().searchMetric("public.t"))
                    .as("of a partition alone")
                    .contains(DistanceMetric.DOT);

            bench.sql("CREATE INDEX ON t USING hnsw (embedding vector_l2_ops)");
            assertThat(source.doctor())
                    .filteredOn(finding -> finding.check().equals("vector_index"))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
                        assertThat(finding.message()).contains("l2 and dot");
                    });
        }
    }

    @Test
    void theMetricIsRecordedForTheTargetsAndEachStartLooksAgain() {
        try (SourceBench bench = new SourceBench()) {
            bench.sql(
                    "CREATE TABLE t (id int PRIMARY KEY, embedding vector(3))",
                    "CREATE INDEX t_ip ON t USING hnsw (embedding vector_ip_ops)",
                    "INSERT INTO t VALUES (1, '[1,2,3]')");
            Source source = bench.source("{name: public.t, vector: embedding}");
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.awaitKeys("public.t", 1);
                assertThat(recorded(bench)).isEqualTo(Distance.DISTANCE_DOT);
                running.assertAlive();
            }
            bench.awaitSlotFree();
            bench.sql("DROP INDEX t_ip", "INSERT INTO t VALUES (2, '[1,2,3]')");
            try (SourceBench.Running running = bench.start(source, false)) {
                bench.awaitKeys("public.t", 2);
                assertThat(recorded(bench)).isEqualTo(Distance.DISTANCE_UNKNOWN);
                running.assertAlive();
            }
        }
    }

    private static Distance recorded(SourceBench bench) {
        return bench.control(ControlKey.search("public.t")).getSourceSearch().getMetric();
    }
}
