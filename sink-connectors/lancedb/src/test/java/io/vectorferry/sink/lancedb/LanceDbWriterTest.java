package io.vectorferry.sink.lancedb;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.EveryType;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.index.VectorIndexMaintenance;
import io.vectorferry.sink.lancedb.read.LanceDbReader;
import io.vectorferry.sink.lancedb.write.LanceDbWriter;
import io.vectorferry.sink.lancedb.write.RowLocations;
import io.vectorferry.sink.lancedb.write.TableMaintenance;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.lancedb.LanceTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lance.Dataset;
import org.lance.compaction.CompactionOptions;
import org.lance.schema.SqlExpressions;

final class LanceDbWriterTest {
    @TempDir
    Path directory;

    private LanceDbTarget target() {
        return new LanceDbTarget("lake", LanceDbConfig.of(directory.toString(), "articles"));
    }

    private Dataset dataset(RootAllocator allocator) {
        return Dataset.open()
                .allocator(allocator)
                .uri(directory.resolve("articles.lance").toString())
                .build();
    }

    private static TargetWriter prepared(LanceDbTarget target) {
        TargetWriter writer = target.writer(Rows.COLLECTION);
        writer.prepare(Rows.schema());
        return writer;
    }

    private static long count(LanceDbTarget target) {
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            List<TargetKey.Id> ids = new ArrayList<>();
            reader.scan(row -> ids.add(row.id()));
            assertThat(ids).doesNotHaveDuplicates();
            return ids.size();
        }
    }

    @Test
    void rowsAreFetchedByTheSmallestAndTheLargestIdToo() {
        List<TargetKey.Id> ends =
                List.of(new TargetKey.NumberId(Long.MIN_VALUE), new TargetKey.NumberId(Long.MAX_VALUE));
        try (LanceDbTarget target = target();
                TargetWriter writer = prepared(target);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.apply(batch(1, upsert(Long.MIN_VALUE, "a"), upsert(1, "b"), upsert(Long.MAX_VALUE, "c")));
            assertThat(reader.fetch(ends)).containsOnlyKeys(ends);
            assertThat(reader.fetch(List.of(new TargetKey.TextId("1")))).isEmpty();
        }
    }

    @Test
    void theWriterThatOpenedTheTableLastFencesTheOtherOut() {
        try (LanceDbTarget target = target();
                LanceDbTarget mistaken = target();
                TargetWriter first = prepared(target)) {
            first.apply(batch(1, upsert(1, "a")));
            try (TargetWriter second = prepared(mistaken)) {
                second.apply(batch(2, upsert(1, "a"), upsert(2, "b")));
                assertThatExceptionOfType(FerryException.class)
                        .isThrownBy(() -> first.apply(batch(2, upsert(2, "b"))))
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED))
                        .withMessageContaining("another process writes to table");
                second.apply(batch(3, upsert(3, "c")));
            }
            assertThat(count(target)).isEqualTo(3);
        }
    }

    @Test
    void aDecimalGainsDigitsBehindItsPointAndWhatAKilledWideningLeftIsDropped() {
        Row narrow = Rows.row(
                Vector.ofFloats(1, 2, 3), new Field("price", FieldType.decimal(10, 2), new Value.Text("5.00")));
        Row wide = Rows.row(
                Vector.ofFloats(1, 2, 3), new Field("price", FieldType.decimal(12, 4), new Value.Text("0.0001")));
        try (LanceDbTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION);
                RootAllocator allocator = new RootAllocator();
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), narrow));
            writer.apply(batch(1, upsert(1, narrow)));
            try (Dataset killed = dataset(allocator)) {
                killed.addColumns(
                        new SqlExpressions.Builder()
                                .withExpression("price__vectorferry_wider", "price")
                                .build(),
                        Optional.empty());
            }
            writer.prepare(Rows.schemaOf(Rows.key(2), wide));
            writer.apply(batch(3, upsert(2, wide), upsert(3, narrow)));
            Map<TargetKey.Id, String> prices = new HashMap<>();
            reader.scan(row -> {
                assertThat(row.row().fields()).hasSize(1);
                prices.put(row.id(), ((Value.Text) row.row().fields().getFirst().value()).value());
            });
            assertThat(prices)
                    .isEqualTo(Map.of(
                            new TargetKey.NumberId(1), "5.0000",
                            new TargetKey.NumberId(2), "0.0001",
                            new TargetKey.NumberId(3), "5.0000"));
            assertThat(writer.committedOffsets()).contains(Rows.offsets(3));
        }
    }

    @Test
    void aBatchOfNullsOfHugeVectorsIsWrittenAndReadInBoundedMemory() {
        int dimension = 60_000;
        Row without = huge(null, dimension);
        Row with = huge(Vector.ofFloats(new float[dimension]), dimension);
        List<TargetWrite> writes = new ArrayList<>();
        for (long id = 1; id <= 2_500; id++) {
            writes.add(upsert(id, id == 1_700 ? with : without));
        }
        String uri = directory.resolve("articles.lance").toString();
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles");
        try (RootAllocator small = new RootAllocator(300L << 20);
                TargetWriter writer = new LanceDbWriter(uri, config, small, Optional::empty);
                TargetReader reader = new LanceDbReader(uri, config, small, DistanceMetric.L2)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), without));
            writer.apply(batch(1, writes.toArray(TargetWrite[]::new)));
            List<TargetKey.Id> found = new ArrayList<>();
            reader.scan(row -> {
                if (row.row().vector().orElseThrow().value().isPresent()) {
                    found.add(row.id());
                }
            });
            assertThat(reader.count()).isEqualTo(2_500);
            assertThat(found).containsExactly(new TargetKey.NumberId(1_700));
        }
    }

    private static Row huge(@Nullable Vector vector, int dimension) {
        return new Row(new VectorColumn("embedding", VectorElement.FLOAT32, dimension, vector), List.of());
    }

    @Test
    void aTableThatItsOwnerCompactsAndDeletesFromMeanwhileStaysRight() {
        try (LanceDbTarget target = target();
                TargetWriter writer = prepared(target);
                RootAllocator allocator = new RootAllocator()) {
            for (long id = 1; id <= 10; id++) {
                writer.apply(batch(id, upsert(id, "v1")));
            }
            try (Dataset users = dataset(allocator)) {
                users.compact(CompactionOptions.builder().build());
            }
            writer.apply(batch(11, upsert(3, "v2"), delete(4)));
            try (Dataset users = dataset(allocator)) {
                users.delete("id = 5");
            }
            writer.apply(batch(12, upsert(5, "v2"), upsert(11, "v1")));
            assertThat(count(target)).isEqualTo(10);
            assertThat(writer.committedOffsets()).contains(Rows.offsets(12));
        }
    }

    @Test
    void compactionAndCleanUpLeaveTheOffsetsReadable() {
        try (LanceDbTarget target = target();
                RootAllocator allocator = new RootAllocator();
                LanceTable table =
                        new LanceTable(directory.resolve("articles.lance").toString(), Map.of(), allocator)) {
            try (TargetWriter writer = prepared(target)) {
                for (long id = 1; id <= 60; id++) {
                    writer.apply(batch(id, upsert(id, "v1")));
                }
            }
            TableMaintenance upkeep =
                    new TableMaintenance(table, LanceDbConfig.of(directory.toString(), "articles"), Optional::empty);
            assertThat(upkeep.compact(true)).isTrue();
            upkeep.cleanUpBefore(System.currentTimeMillis());
            upkeep.close();
            assertThat(table.reopen().getFragments()).hasSizeLessThan(10);
            try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
                assertThat(writer.committedOffsets()).contains(Rows.offsets(60));
            }
            assertThat(count(target)).isEqualTo(60);
        }
    }

    @Test
    void fragmentsThatCompactionHasReplacedTakeNoMemoryAndEveryRowIsFoundAfterwards() {
        int rounds = 8;
        int commits = 33;
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles");
        try (LanceDbTarget target = target();
                TargetWriter writer = prepared(target);
                RootAllocator allocator = new RootAllocator();
                LanceTable table = new LanceTable(config.tableUri(Rows.COLLECTION), config.storage(), allocator);
                TableMaintenance upkeep = new TableMaintenance(table, config, Optional::empty);
                RowLocations locations = RowLocations.read(table.dataset())) {
            long id = 0;
            for (int round = 0; round < rounds; round++) {
                for (int commit = 0; commit < commits; commit++) {
                    id++;
                    writer.apply(batch(id, upsert(id, "v1")));
                    assertThat(locations.movedTo(table.reopen())).isTrue();
                }
                assertThat(upkeep.compact(true)).isTrue();
                assertThat(locations.movedTo(table.reopen())).isTrue();
            }
            assertThat(locations.numberedFragments()).isLessThan(rounds * commits / 2);
            assertThat(count(target)).isEqualTo(id);
            writer.apply(batch(
                    id + 1, LongStream.rangeClosed(1, id).mapToObj(Rows::delete).toArray(TargetWrite[]::new)));
            assertThat(count(target)).isZero();
        }
    }

    @Test
    void aTableOfAnotherShapeIsRefusedWithTheRemedy() {
        try (LanceDbTarget target = target();
                TargetWriter writer = prepared(target)) {
            writer.apply(batch(1, upsert(1, "a")));
            TargetKey textKey = new TargetKey(Rows.COLLECTION, new TargetKey.TextId("a"));
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schemaOf(textKey, Rows.row(1, "a"))))
                    .satisfies(e -> assertThat(e.remedy()).contains("Set another `table`"))
                    .withMessageContaining("column `id`");
        }
    }

    @Test
    void aFieldWhoseNameLanceDbCannotHaveIsInALegalColumnAlsoAfterItWasWidened() {
        Row narrow = Rows.row(
                Vector.ofFloats(1, 2, 3),
                new Field("meta.page", FieldType.of(FieldType.Name.INT32), new Value.Whole(7)),
                Rows.text("meta_page", "another"),
                Rows.text("", "nothing"),
                Rows.text("Source", "upper"),
                Rows.text("source", "lower"),
                Rows.text("id", "not the key"));
        Row wide = Rows.row(
                Vector.ofFloats(1, 2, 3),
                new Field("meta.page", FieldType.of(FieldType.Name.INT64), new Value.Whole(1L << 40)));
        try (LanceDbTarget target = target()) {
            try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
                writer.prepare(Rows.schemaOf(Rows.key(1), Rows.row(1, "body")));
                writer.prepare(Rows.schemaOf(Rows.key(1), narrow));
                writer.apply(batch(1, upsert(1, narrow)));
            }
            try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
                assertThat(writer.filledWith().orElseThrow().fields())
                        .containsOnlyKeys("body", "meta.page", "meta_page", "", "Source", "source", "id");
                writer.prepare(Rows.schemaOf(Rows.key(2), wide));
                writer.apply(batch(2, upsert(2, wide)));
            }
            try (TargetReader reader = target.reader(Rows.COLLECTION)) {
                Map<TargetKey.Id, Row> rows =
                        reader.fetch(List.of(Rows.key(1).id(), Rows.key(2).id()));
                assertThat(value(rows, 2, "meta.page")).isEqualTo(new Value.Whole(1L << 40));
                narrow.fields().forEach(field -> assertThat(value(rows, 1, field.name()))
                        .isEqualTo(field.value()));
                FieldCondition condition =
                        new FieldCondition("meta.page", FieldCondition.Operator.GREATER, new Value.Whole(100));
                assertThat(reader.search(Vector.ofFloats(1, 2, 3), 5, List.of(condition)))
                        .extracting(TargetReader.Hit::id)
                        .containsExactly(Rows.key(2).id());
            }
        }
        String seen = PythonEnvironment.lancedb().run("""
                        import sys, lancedb
                        table = lancedb.connect(sys.argv[1]).open_table("articles")
                        print(table.schema.names)
                        print([row["id"] for row in table.search().where("meta_page = 7").to_list()])
                        """, directory.toString());
        assertThat(seen)
                .contains("'meta_page'", "'meta_page_", "'_'", "'Source'", "'source'", "'id_", "'embedding'")
                .contains("[1]");
    }

    private static Value value(Map<TargetKey.Id, Row> rows, long id, String field) {
        return Optional.ofNullable(rows.get(Rows.key(id).id()))
                .flatMap(row -> row.field(field))
                .orElseThrow()
                .value();
    }

    @Test
    void pythonLancedbSeesEveryIdAndEveryBit() {
        try (LanceDbTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            var full = EveryType.row();
            writer.prepare(Rows.schemaOf(Rows.key(1), full));
            writer.apply(batch(2, upsert(1, full), upsert(2, EveryType.nulls(null))));
            writer.apply(batch(3, upsert(2, full), delete(1), upsert(Long.MAX_VALUE, full)));
        }
        String seen = PythonEnvironment.lancedb().run("""
                        import sys, struct, lancedb
                        table = lancedb.connect(sys.argv[1]).open_table("articles")
                        rows = sorted(table.to_arrow().to_pylist(), key=lambda r: r["id"])
                        print([r["id"] for r in rows])
                        print(struct.pack("<3f", *rows[0]["embedding"]).hex())
                        print(rows[0]["c_int64"], rows[0]["c_decimal"], rows[0]["c_text"], rows[0]["l_int16"])
                        print(table.schema.field("embedding").type, table.schema.field("c_timestamptz").type)
                        """, directory.toString());
        assertThat(seen)
                .contains("[2, 9223372036854775807]")
                .contains("0100000000000080ffff7f7f")
                .contains("9007199254740993 1234567890123456.7890 naïve 漢字 \uD83D\uDE80 ' [-32768, None]")
                .contains("fixed_size_list<item: float>[3] timestamp[us, tz=UTC]");
    }

    @Test
    void theIndexIsBuiltBesideTheWriterAndSearchFindsTheNearest() {
        LanceDbConfig config = LanceDbConfig.of(directory.toString(), "articles")
                .withIndex(new LanceDbConfig.IndexConfig(
                        LanceDbConfig.IndexKind.AUTO, Optional.empty(), Optional.of(256)));
        try (LanceDbTarget target = new LanceDbTarget("lake", config);
                TargetWriter writer = prepared(target);
                RootAllocator allocator = new RootAllocator()) {
            TargetWrite[] rows =
                    LongStream.range(0, 1_000).mapToObj(id -> upsert(id, "row")).toArray(TargetWrite[]::new);
            writer.apply(batch(1, rows));
            try (VectorIndexMaintenance index = new VectorIndexMaintenance(
                    directory.resolve("articles.lance").toString(), config, Optional::empty)) {
                try (Dataset before = dataset(allocator)) {
                    index.look(before, true);
                    assertThat(index.building())
                            .as("while the table is being filled")
                            .isFalse();
                    index.look(before, true);
                }
                await().atMost(Duration.ofSeconds(60)).until(index::finished);
            }
            try (Dataset after = dataset(allocator)) {
                assertThat(after.listIndexes()).containsExactly("embedding_idx");
            }
            writer.apply(batch(2, delete(500), upsert(2_000, "row")));
            try (TargetReader reader = target.reader(Rows.COLLECTION)) {
                List<TargetReader.Hit> hits = reader.search(Vector.ofFloats(700, 70, -700), 3);
                assertThat(hits).extracting(TargetReader.Hit::id).first().isEqualTo(new TargetKey.NumberId(700));
                assertThat(reader.count()).isEqualTo(1_000);
            }
        }
    }
}
