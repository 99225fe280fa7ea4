package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tables with several vectors: each of them in every row, whatever the log left out. */
@Timeout(120)
class SeveralVectorsSourceTest {
    private static final String TABLE = "{name: public.t, vectors: [embedding, half, sparse]}";

    /** Each is TOASTed: an update that does not touch it leaves it out of the log. */
    private static final String EMBEDDING = "array_fill(%s, '{1000}')::real[]::vector";

    private static final String HALF = "array_fill(%s, '{1500}')::real[]::halfvec";
    private static final String SPARSE = "array_fill(%s, '{600}')::real[]::vector::sparsevec";

    private SourceBench bench;

    @BeforeEach
    void start() {
        bench = new SourceBench();
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, n int, sparse sparsevec(600), half halfvec(1500), embedding vector(1000))",
                "INSERT INTO t SELECT i, 0, %s, %s, %s FROM generate_series(1, 4) i"
                        .formatted(SPARSE.formatted("i"), HALF.formatted("i"), EMBEDDING.formatted("i")));
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    void anUpdateOfOneVectorArrivesWithTheOthers() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitKeys("public.t", 4);
            assertThat(first(3)).isEqualTo(Map.of("embedding", 3f, "half", 3f, "sparse", 3f));
            bench.sql(
                    "UPDATE t SET embedding = %s WHERE id = 1".formatted(EMBEDDING.formatted("7")),
                    "UPDATE t SET half = %s WHERE id = 2".formatted(HALF.formatted("7")),
                    "UPDATE t SET sparse = %s WHERE id = 3".formatted(SPARSE.formatted("7")),
                    "UPDATE t SET n = 7, half = NULL WHERE id = 4",
                    "INSERT INTO t (id, n) VALUES (5, 7)");
            bench.awaitKeys("public.t", 5);
            Map<Long, Map<String, Float>> expected = Map.of(
                    1L, Map.of("embedding", 7f, "half", 1f, "sparse", 1f),
                    2L, Map.of("embedding", 2f, "half", 7f, "sparse", 2f),
                    3L, Map.of("embedding", 3f, "half", 3f, "sparse", 7f),
                    4L, Map.of("embedding", 4f, "sparse", 4f));
            // Keys are in several partitions: only the whole state says that all of them have arrived.
            bench.changes.await("every row as updated", seen -> expected.entrySet().stream()
                    .allMatch(row -> first(row.getKey()).equals(row.getValue())));
            assertThat(first(5)).isEmpty();
            assertThat(row(5).vectors())
                    .containsExactly(
                            new VectorColumn("embedding", VectorElement.FLOAT32, 1000, null),
                            new VectorColumn("half", VectorElement.FLOAT16, 1500, null),
                            new VectorColumn("sparse", VectorElement.SPARSE, 600, null));
            running.assertAlive();
        }
    }

    @Test
    void theReaderGivesTheRowsAsCapturedAndSearchesByEachVector() {
        bench.sql("CREATE INDEX ON t USING hnsw (half halfvec_cosine_ops)");
        Source source = bench.source(TABLE);
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.t", 4);
            running.assertAlive();
        }
        List<SourceRow> rows = new ArrayList<>();
        source.reader().scan("public.t", rows::add);
        assertThat(rows).hasSize(4).allSatisfy(read -> assertThat(read.row()).isEqualTo(bench.row(read.key())));
        assertThat(source.reader().searchMetric("public.t")).isEmpty();
        assertThat(source.reader().searchMetric("public.t", "half")).contains(DistanceMetric.COSINE);
        assertThat(source.reader().search("public.t", "title")).isEmpty();
        float[] query = new float[1000];
        Arrays.fill(query, 3);
        try (SourceSearch search =
                source.reader().search("public.t", "embedding").orElseThrow()) {
            assertThat(search.nearest(Vector.ofFloats(query), 1, DistanceMetric.L2))
                    .extracting(SourceRow::key)
                    .containsExactly(SourceBench.key("public.t", 3));
        }
    }

    @Test
    void theDoctorLooksAtEachVector() {
        bench.sql("UPDATE t SET half = NULL WHERE id = 1");
        List<Finding> findings = bench.source(TABLE).doctor();
        assertThat(findings)
                .filteredOn(finding -> finding.check().equals("vector"))
                .extracting(Finding::message)
                .containsExactly(
                        "public.t.embedding: vector of 1000 dimensions",
                        "public.t.half: halfvec of 1500 dimensions",
                        "public.t.sparse: sparsevec of 600 dimensions");
        assertThat(findings)
                .filteredOn(finding -> finding.check().equals("null_vectors"))
                .extracting(Finding::message)
                .containsExactly("public.t.half: 1 of the first 4 rows have no vector");
        assertThat(bench.source(TABLE).plan().collections().getFirst().columns())
                .contains("embedding", "half", "sparse");
        assertThat(bench.source("{name: public.t, vectors: [embedding, n]}").doctor())
                .anySatisfy(finding -> assertThat(finding.message()).contains("column n is of type int4"));
    }

    @Test
    void aVectorThatIsDroppedStopsTheSourceAndIsNamed() {
        try (SourceBench.Running running = bench.start(bench.hastySource(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER TABLE t DROP COLUMN half", "UPDATE t SET n = 1");
            FerryException e = running.failure();
            assertThat(e.getMessage() + e.remedy())
                    .contains(
                            "public.t has no column half; nothing of this source is captured without it",
                            "remove the name from the table's vectors");
        }
    }

    @Test
    void aVectorOfAnotherDimensionIsReadAgain() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "ALTER TABLE t DROP COLUMN half",
                    "ALTER TABLE t ADD COLUMN half halfvec(2)",
                    "UPDATE t SET half = '[1,2]'");
            bench.changes.await("vectors of the new column", seen -> vector(1, "half")
                    .filter(vector -> vector.dimension() == 2)
                    .flatMap(VectorColumn::value)
                    .isPresent());
            assertThat(first(1)).isEqualTo(Map.of("embedding", 1f, "half", 1f, "sparse", 1f));
            running.assertAlive();
        }
    }

    @Test
    void oneOfTheTwoKeysIsWritten() {
        assertRefused("{name: public.t, vector: embedding, vectors: [half]}", "replaces vector: write one of the two");
        assertRefused("{name: public.t, vectors: [half, half]}", "names a column twice");
        assertRefused("{name: public.t, vectors: [half, sparse], dimension: 3}", "dimensions: {half: 3}");
    }

    private void assertRefused(String table, String message) {
        assertThatThrownBy(() -> bench.source(table)).hasMessageContaining(message);
    }

    private Row row(long id) {
        return bench.row(SourceBench.key("public.t", id));
    }

    private Optional<VectorColumn> vector(long id, String name) {
        return row(id).vector(name);
    }

    /** The first number of each vector that is not NULL: in these rows, all numbers of a vector are the same. */
    private Map<String, Float> first(long id) {
        Map<String, Float> first = new TreeMap<>();
        row(id).vectors().stream()
                .filter(Predicate.not(column -> column.value().isEmpty()))
                .forEach(column -> first.put(column.name(), first(column.value().orElseThrow())));
        return first;
    }

    private static float first(Vector vector) {
        return switch (vector.element()) {
            case FLOAT32 -> vector.buffer().getFloat(0);
            case FLOAT16 -> Float.float16ToFloat(vector.buffer().getShort(0));
            case SPARSE -> vector.buffer().getFloat(vector.sparseEntries() * Integer.BYTES);
            case BFLOAT16, INT8, BINARY -> throw new IllegalArgumentException("not in these rows");
        };
    }
}
