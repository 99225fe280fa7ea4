package io.vectorferry.sink.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexConfig;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.IndexKind;
import io.vectorferry.sink.lancedb.config.LanceDbConfig.Metric;
import io.vectorferry.sink.lancedb.config.StoredVectorIndex;
import io.vectorferry.sink.lancedb.index.BuiltIndex;
import io.vectorferry.sink.lancedb.index.VectorIndexMaintenance;
import io.vectorferry.sink.lancedb.table.WriterClaim;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.stores.lancedb.LanceTable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lance.Dataset;
import org.lance.Fragment;
import org.lance.compaction.CompactionOptions;

/** The vector index that the sink builds and keeps, and what a search finds by it that sets no option. */
final class VectorIndexTest {
    private static final int DIMENSION = 64;
    private static final int ROWS = 20_000;
    private static final int QUERIES = 30;
    private static final int NEAREST = 10;
    private static final double REQUIRED_OVERLAP = 0.95;
    private static final Duration ENDED = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final Random random = new Random(5);

    private LanceDbTarget target(IndexKind kind, Optional<Metric> metric) {
        return new LanceDbTarget(
                "lake",
                LanceDbConfig.of(directory.toString(), "articles")
                        .withIndex(new IndexConfig(kind, metric, Optional.of(1_000))));
    }

    private LanceDbTarget configuredByDefault() {
        return new LanceDbTarget("lake", LanceDbConfig.of(directory.toString(), "articles"));
    }

    private LanceDbTarget target(IndexKind kind, int minRows) {
        return new LanceDbTarget(
                "lake",
                LanceDbConfig.of(directory.toString(), "articles")
                        .withIndex(new IndexConfig(kind, Optional.empty(), Optional.of(minRows))));
    }

    private LanceDbTarget target() {
        return target(IndexKind.AUTO, Optional.empty());
    }

    /** As the sink at its end, but waiting for the index as long as that takes. */
    private static void indexed(LanceDbTarget target, DistanceMetric searchedBy) {
        LanceDbConfig config = target.config();
        String uri = config.tableUri(Rows.COLLECTION);
        try (RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(uri, config.storage(), allocator);
                VectorIndexMaintenance upkeep =
                        new VectorIndexMaintenance(uri, config, () -> Optional.of(searchedBy))) {
            upkeep.settle(table.dataset());
            await().atMost(ENDED).until(() -> !upkeep.building());
        }
    }

    private void fill(LanceDbTarget target, long first, int rows, float width) {
        fill(target, first, rows, width, VectorElement.FLOAT32);
    }

    private void fill(LanceDbTarget target, long first, int rows, float width, VectorElement element) {
        List<TargetWrite> writes = new ArrayList<>();
        for (long id = first; id < first + rows; id++) {
            writes.add(Rows.upsert(id, row(width, element)));
        }
        try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(0), row(width, element)));
            writer.apply(Rows.batch(first + rows, writes.toArray(TargetWrite[]::new)));
        }
    }

    private Row row(float width, VectorElement element) {
        int bytes = element == VectorElement.FLOAT32 ? Float.BYTES : Short.BYTES;
        ByteBuffer vector = ByteBuffer.allocate(DIMENSION * bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (vector.hasRemaining()) {
            float value = (float) random.nextGaussian() * width;
            if (element == VectorElement.FLOAT32) {
                vector.putFloat(value);
            } else {
                vector.putShort(Float.floatToFloat16(value));
            }
        }
        return new Row(
                new VectorColumn("embedding", element, DIMENSION, Vector.ofBytes(element, DIMENSION, vector.array())),
                List.of());
    }

    private static VectorIndex index(LanceDbTarget target) {
        return indexIn(target).orElseThrow();
    }

    private static Optional<VectorIndex> indexIn(LanceDbTarget target) {
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            return reader.vectorIndex();
        }
    }

    /** Of what is found by the index with what is found in all rows, by vectors of rows from {@code first} on. */
    private static double overlap(LanceDbTarget target, DistanceMetric metric, long first) {
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            List<TargetKey.Id> ids = new ArrayList<>();
            for (long id = first; id < first + QUERIES; id++) {
                ids.add(new TargetKey.NumberId(id));
            }
            int found = 0;
            for (Row row : reader.fetch(ids).values()) {
                Vector query = row.vector().orElseThrow().value().orElseThrow();
                Set<TargetKey.Id> nearest = new HashSet<>(
                        found(reader.searchWithoutIndex(query, NEAREST, metric).orElseThrow()));
                nearest.retainAll(found(reader.search(query, NEAREST)));
                found += nearest.size();
            }
            return found / (double) (QUERIES * NEAREST);
        }
    }

    private static List<TargetKey.Id> found(List<TargetReader.Hit> hits) {
        assertThat(hits).hasSize(NEAREST);
        return hits.stream().map(TargetReader.Hit::id).toList();
    }

    @ParameterizedTest
    @EnumSource
    void theDefaultIndexIsForTheSourcesMetricAndFindsTheNearestOfRandomVectors(DistanceMetric metric) {
        try (LanceDbTarget target = target()) {
            fill(target, 0, ROWS, 1);
            indexed(target, metric);
            assertThat(index(target).metric()).contains(metric);
            assertThat(overlap(target, metric, 0)).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);
        }
    }

    @Test
    void rowsThatComeLaterAreFoundAsWellAlsoWhenMostAreOfAnotherKind() {
        try (LanceDbTarget target = target()) {
            fill(target, 0, ROWS / 4, 1);
            indexed(target, DistanceMetric.L2);
            fill(target, ROWS / 4, ROWS / 8, 1);
            assertThat(index(target).unindexedRows()).isEqualTo(ROWS / 8);
            assertThat(overlap(target, DistanceMetric.L2, ROWS / 4)).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);

            indexed(target, DistanceMetric.L2);
            assertThat(index(target).unindexedRows()).isZero();
            assertThat(overlap(target, DistanceMetric.L2, 0)).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);
            assertThat(overlap(target, DistanceMetric.L2, ROWS / 4)).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);

            fill(target, ROWS / 2, ROWS / 2, 10); // far outside of what the index was fitted to
            indexed(target, DistanceMetric.L2);
            assertThat(index(target).unindexedRows()).isZero();
            assertThat(overlap(target, DistanceMetric.L2, ROWS / 2)).isGreaterThanOrEqualTo(REQUIRED_OVERLAP);
        }
    }

    @Test
    void float16VectorsAreIndexedToo() {
        try (LanceDbTarget target = target()) {
            fill(target, 0, 2_000, 1, VectorElement.FLOAT16);
            indexed(target, DistanceMetric.COSINE);
            assertThat(index(target).metric()).contains(DistanceMetric.COSINE);
            assertThat(index(target).unindexedRows()).isZero();
        }
    }

    @Test
    void theConfiguredMetricWinsAndAnIndexOfOursIsBuiltAnewForAnotherKindOrMetric() {
        try (LanceDbTarget target = target()) {
            fill(target, 0, 2_000, 1);
            indexed(target, DistanceMetric.COSINE);
        }
        try (LanceDbTarget target = target(IndexKind.IVF_PQ, Optional.of(Metric.L2))) {
            indexed(target, DistanceMetric.COSINE);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_PQ", Optional.of(DistanceMetric.L2), 0));
        }
        try (LanceDbTarget target = target()) {
            indexed(target, DistanceMetric.DOT);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_FLAT", Optional.of(DistanceMetric.DOT), 0));
        }
    }

    @Test
    void aRebuildForAnotherKindThatFailsIsTriedAgainWhenTheTableLetsIt() {
        try (LanceDbTarget target = target(IndexKind.IVF_FLAT, 50)) {
            fill(target, 0, 200, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(index(target).type()).isEqualTo("IVF_FLAT");
        }
        try (LanceDbTarget target = target(IndexKind.IVF_PQ, 50);
                RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(
                        target.config().tableUri(Rows.COLLECTION),
                        target.config().storage(),
                        allocator);
                VectorIndexMaintenance upkeep = new VectorIndexMaintenance(
                        table.uri(), target.config(), () -> Optional.of(DistanceMetric.L2))) {
            upkeep.settle(table.dataset()); // needs 256 rows
            await().atMost(ENDED).until(upkeep::finished);
            assertThat(index(target).type()).isEqualTo("IVF_FLAT");
            fill(target, 200, 100, 1);
            upkeep.settle(table.reopen());
            await().atMost(ENDED).until(upkeep::finished);
            assertThat(index(target).type()).isEqualTo("IVF_PQ");
        }
    }

    @Test
    void theTableSaysAtEachOfItsVersionsThatTheIndexInItIsOurs() {
        try (LanceDbTarget target = target()) {
            fill(target, 0, 2_000, 1);
            indexed(target, DistanceMetric.COSINE);
        }
        try (LanceDbTarget target = target(IndexKind.IVF_PQ, Optional.of(Metric.L2))) {
            indexed(target, DistanceMetric.COSINE);
        }
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles");
        Set<String> seen = new HashSet<>();
        try (RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator)) {
            for (long version = table.dataset().version(); version > 0; version--) {
                try (Dataset then = table.dataset().checkoutVersion(version)) {
                    StoredVectorIndex.named(then, "embedding_idx").ifPresent(present -> {
                        seen.add(present.type());
                        assertThat(BuiltIndex.in(then.getConfig(), "", present))
                                .as("version %d with %s", then.version(), present.type())
                                .isPresent();
                    });
                }
            }
        }
        assertThat(seen).containsExactlyInAnyOrder("IVF_FLAT", "IVF_PQ");
    }

    /** As an earlier version of ferry built it, and kept no note. */
    @Test
    void anIndexThatIsNotOursIsKeptAndDoctorSaysHowToReplaceIt() {
        try (LanceDbTarget target = target(IndexKind.IVF_PQ, Optional.empty());
                RootAllocator allocator = new RootAllocator()) {
            fill(target, 0, 2_000, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(indexFindings(target)).isEmpty();
            LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles");
            try (LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator)) {
                WriterClaim.commit(table, Map.of("vectorferry.index", ""), Optional.empty());
            }
        }
        try (LanceDbTarget target = target()) {
            fill(target, 2_000, 3_000, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_PQ", Optional.of(DistanceMetric.L2), 0));
            Finding finding = indexFindings(target).getFirst();
            assertThat(finding.message()).contains("table articles keeps its IVF_PQ index `embedding_idx`");

            String program = finding.remedy().replaceAll(".*python3 -c \"([^\"]*)\".*", "$1");
            PythonEnvironment.lancedb().run(program);
            assertThat(indexFindings(target)).isEmpty();
            indexed(target, DistanceMetric.L2);
            assertThat(index(target).type()).isEqualTo("IVF_FLAT");
        }
    }

    /** LanceDB's own client takes the index's metric, and L2 where there is none. */
    @Test
    void aTableOfFewRowsHasAnIndexWhereItsMetricIsAnotherThanTheClientsOwn() {
        try (LanceDbTarget target = configuredByDefault()) {
            fill(target, 0, 200, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(indexIn(target)).as("for L2 none is needed").isEmpty();

            indexed(target, DistanceMetric.COSINE);
            fill(target, 200, 800, 10); // of other lengths, which only L2 looks at
            indexed(target, DistanceMetric.COSINE);
            assertThat(index(target))
                    .as("a table of a few rows gets no commit for each that is added")
                    .isEqualTo(new VectorIndex("IVF_FLAT", Optional.of(DistanceMetric.COSINE), 800));
            assertClientFindsTheNearestByCosine();

            fill(target, 1_000, 400, 1);
            indexed(target, DistanceMetric.COSINE);
            assertThat(index(target).unindexedRows()).isZero();
        }
    }

    /** By a search without an option; those that are the nearest by L2 are others. */
    private void assertClientFindsTheNearestByCosine() {
        String program = """
                import sys, lancedb, numpy as np
                table = lancedb.connect(sys.argv[1]).open_table("articles")
                rows = table.to_lance().to_table(columns=["id", "embedding"])
                ids = rows["id"].to_numpy()
                vectors = rows["embedding"].combine_chunks().flatten().to_numpy().reshape(len(ids), -1)
                lengths = (vectors * vectors).sum(1)
                cosine = l2 = 0
                for query in vectors[::50]:
                    products = vectors @ query
                    hits = set(table.search(query, vector_column_name="embedding").limit(10).to_arrow()["id"].to_pylist())
                    cosine += len(hits & set(ids[np.argsort(-products / np.sqrt(lengths))[:10]]))
                    l2 += len(hits & set(ids[np.argsort(lengths - 2 * products)[:10]]))
                print(cosine / 200, l2 / 200 < 0.95)
                """;
        assertThat(PythonEnvironment.lancedb()
                        .run(program, directory.toString())
                        .strip()
                        .lines()
                        .toList()
                        .getLast())
                .isEqualTo("1.0 True");
    }

    @Test
    void anIndexForTheClientsOwnMetricIsBuiltWhenTheTableHasGrown() {
        try (LanceDbTarget target = configuredByDefault()) {
            fill(target, 0, 9_999, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(indexIn(target)).isEmpty();
            fill(target, 9_999, 1, 1);
            indexed(target, DistanceMetric.L2);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_FLAT", Optional.of(DistanceMetric.L2), 0));
        }
    }

    @Test
    void aTableWhoseVectorsAreAllNullIsIndexedAndWhatComesLaterIsFound() {
        try (LanceDbTarget target = configuredByDefault()) {
            try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
                Row none = new Row(new VectorColumn("embedding", VectorElement.FLOAT32, DIMENSION, null), List.of());
                writer.prepare(Rows.schemaOf(Rows.key(0), row(1, VectorElement.FLOAT32)));
                writer.apply(Rows.batch(1, Rows.upsert(1, none), Rows.upsert(2, none)));
            }
            indexed(target, DistanceMetric.DOT);
            fill(target, 100, 1_500, 1);
            indexed(target, DistanceMetric.DOT);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_FLAT", Optional.of(DistanceMetric.DOT), 0));
            assertThat(overlap(target, DistanceMetric.DOT, 100)).isEqualTo(1);
        }
    }

    @Test
    void anIndexInPartsFindsTheNearestAndOutlivesCompactionDeletionsAndGrowth() {
        int rows = 33_000; // a commit of so many is more than half a part
        try (LanceDbTarget target = target();
                RootAllocator allocator = new RootAllocator()) {
            fill(target, 0, rows, 1);
            fill(target, rows, rows, 1);
            indexed(target, DistanceMetric.COSINE);
            assertThat(partsOf(allocator)).isEqualTo(2);
            assertThat(index(target).unindexedRows()).isZero();
            assertThat(overlap(target, DistanceMetric.COSINE, 0)).isEqualTo(1);

            fill(target, 2L * rows, rows / 2, 1);
            fill(target, 0, rows / 2, 1); // half of the first part has other vectors now
            compact(allocator);
            indexed(target, DistanceMetric.COSINE);
            assertThat(partsOf(allocator)).isEqualTo(2);
            assertThat(index(target).unindexedRows()).isZero();
            assertThat(overlap(target, DistanceMetric.COSINE, 0)).isEqualTo(1);
            assertThat(overlap(target, DistanceMetric.COSINE, 2L * rows)).isEqualTo(1);
        }
        try (LanceDbTarget target = target(IndexKind.AUTO, Optional.of(Metric.DOT));
                RootAllocator allocator = new RootAllocator()) {
            indexed(target, DistanceMetric.COSINE);
            assertThat(partsOf(allocator)).isEqualTo(1);
            assertThat(index(target)).isEqualTo(new VectorIndex("IVF_FLAT", Optional.of(DistanceMetric.DOT), 0));
        }
    }

    private LanceTable table(RootAllocator allocator) {
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles");
        LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator);
        assertThat(table.find()).isPresent();
        return table;
    }

    private int partsOf(RootAllocator allocator) {
        try (LanceTable table = table(allocator)) {
            return table.dataset().getIndexes().size();
        }
    }

    /** As the writer's upkeep does it when a fifth of the rows is deleted. */
    private void compact(RootAllocator allocator) {
        try (LanceTable table = table(allocator)) {
            table.dataset()
                    .compact(CompactionOptions.builder()
                            .withTargetRowsPerFragment(5_000)
                            .withMaterializeDeletionsThreshold(0.1f)
                            .build());
        }
    }

    @Test
    void fragmentsAreGatheredToPartsOfOneSizeAndLargeOrManyOnesAreNot() {
        assertThat(VectorIndexMaintenance.parts(List.of(), 3_072)).isEmpty();
        try (LanceDbTarget target = target();
                RootAllocator allocator = new RootAllocator()) {
            for (int commit = 0; commit < 25; commit++) {
                fill(target, commit * 1_000L, 1_000, 1);
            }
            try (LanceTable table = table(allocator)) {
                List<Fragment> all = table.dataset().getFragments();
                List<Fragment> five = all.subList(0, 5);
                assertThat(VectorIndexMaintenance.parts(five, 256)).containsExactly(List.of(0, 1, 2, 3, 4));
                assertThat(VectorIndexMaintenance.parts(five, 8 * 1_024)).hasSize(3);
                assertThat(VectorIndexMaintenance.parts(five, 20 * 1_024)).hasSize(5);
                assertThat(VectorIndexMaintenance.parts(five, 40 * 1_024)).isEmpty();
                assertThat(VectorIndexMaintenance.parts(all, 10 * 1_024)).hasSize(9); // 25 would be too many
                assertThat(VectorIndexMaintenance.parts(all, 20 * 1_024)).isEmpty();
            }
        }
    }

    private static List<Finding> indexFindings(LanceDbTarget target) {
        return target.check(List.of(Rows.COLLECTION)).stream()
                .filter(finding -> finding.check().equals("lancedb.index"))
                .toList();
    }
}
