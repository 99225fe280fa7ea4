package io.vectorferry.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.EveryType;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.ColumnIndex;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.IndexConfig;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.IndexType;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PostgresWriterTest {
    /** Every column as PostgreSQL's own Python driver has it. */
    private static final String READER = """
            import sys, psycopg
            with psycopg.connect(sys.argv[1]) as c:
                cursor = c.execute("SELECT * FROM articles WHERE id = 1")
                row = cursor.fetchone()
                for column, value in zip(cursor.description, row):
                    print(column.name, column.type_display, ascii(value), sep="|")
            """;

    private final Database database = Database.create();

    private Target target() {
        return new PostgresTarget("pg", database.config("articles"));
    }

    @Test
    void everyTypeIsReadByAnIndependentClientAsItWent() {
        Row row = EveryType.row();
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            writer.apply(Rows.batch(1, Rows.upsert(1, row)));
        }
        PythonEnvironment python = PythonEnvironment.with("psycopg-3.2.13", List.of("psycopg[binary]==3.2.13"));
        assertThat(python.run(READER, database.url() + "?user=postgres").lines())
                .contains(
                        "id|int8|1",
                        "c_bool|bool|True",
                        "l_bool|bool[]|[True, None]",
                        "c_int16|int2|-32768",
                        "c_int32|int4|2147483647",
                        "c_int64|int8|9007199254740993",
                        "c_real32|float4|0.1",
                        "c_real64|float8|5e-324",
                        "c_decimal|numeric(20,4)|Decimal('1234567890123456.7890')",
                        "l_decimal|numeric[]|[Decimal('1234567890123456.7890'), None]",
                        "c_text|text|\"na\\xefve \\u6f22\\u5b57 \\U0001f680 '\"",
                        "c_bytes|bytea|b'\\x00\\xff\\x7f'",
                        "c_date|date|datetime.date(1, 1, 1)",
                        "c_time|time|datetime.time(23, 59, 59, 999999)",
                        "c_timestamp|timestamp|datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)",
                        "c_uuid|uuid|UUID('123e4567-e89b-12d3-a456-426614174000')",
                        "c_json|jsonb|{'a': [1, None]}",
                        "c_unbounded|numeric|Decimal('NaN')")
                .anyMatch(line -> line.startsWith("embedding|") && line.endsWith("'[1e-45,-0,3.4028235e+38]'"));
    }

    @Test
    void vectorsOfEachKindComeBackBitForBitAndAreSearchedByTheirIndexes() {
        byte[] halves = {0, 0x3c, 0, 0x40, 0, (byte) 0xbc};
        ByteBuffer sparse = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        sparse.putInt(0).putInt(999_999).putFloat(1.5f).putFloat(-2);
        Row row = Row.of(
                List.of(
                        column("dense", Vector.ofFloats(1, 2, 3)),
                        column("half", Vector.ofBytes(VectorElement.FLOAT16, 3, halves)),
                        column("wide", Vector.ofBytes(VectorElement.SPARSE, 1_000_000, sparse.array())),
                        column("bits", Vector.ofBytes(VectorElement.BINARY, 12, new byte[] {(byte) 0xa5, (byte) 0xf0
                        }))),
                List.of(Rows.text("body", "x")));
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION, () -> Optional.of(DistanceMetric.COSINE));
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            TargetSchema schema = new TargetSchema(
                    Rows.COLLECTION,
                    IdKind.NUMBER,
                    row.vectors().stream()
                            .map(vector -> new VectorShape(vector.name(), vector.element(), vector.dimension()))
                            .toList(),
                    Map.of("body", FieldType.of(FieldType.Name.TEXT)));
            writer.prepare(schema);
            TargetWrite write = Rows.upsert(1, row);
            assertThat(writer.check(write)).isEmpty();
            writer.apply(Rows.batch(1, write));
            assertThat(writer.filledWith()).map(TargetSchema::vectors).contains(schema.vectors());
            assertThat(reader.fetch(List.of(Rows.key(1).id()))).containsValue(row);
            writer.settle();
            await().atMost(Duration.ofSeconds(60)).until(() -> indexes().size() == 5);
            assertThat(indexes())
                    .contains(
                            "articles_bits_hnsw|bit_hamming_ops",
                            "articles_dense_hnsw|vector_cosine_ops",
                            "articles_half_hnsw|halfvec_cosine_ops",
                            "articles_wide_hnsw|sparsevec_cosine_ops");
            for (VectorColumn vector : row.vectors()) {
                reader.searchBy(vector.name());
                assertThat(reader.search(vector.value().orElseThrow(), 3))
                        .as(vector.name())
                        .singleElement()
                        .satisfies(hit -> assertThat(hit.score()).isLessThan(1e-6));
                assertThat(reader.vectorIndex()).isPresent();
            }
        }
    }

    private static VectorColumn column(String name, Vector vector) {
        return new VectorColumn(name, vector.element(), vector.dimension(), vector);
    }

    private List<String> indexes() {
        return database.rows("""
                SELECT c.relname, o.opcname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                JOIN pg_opclass o ON o.oid = i.indclass[0] WHERE i.indrelid = 'articles'::regclass AND i.indisvalid ORDER BY 1""");
    }

    @Test
    void theIndexesAreMadeOnceTheTableHasItsRowsAndABrokenOneIsMadeAgain() {
        var config = database.config("articles")
                .withIndex(new IndexConfig(IndexType.IVFFLAT, Optional.empty(), 16, 64, 3))
                .withIndexes(Map.of("body", ColumnIndex.BTREE, "tags", ColumnIndex.GIN));
        Field tags = new Field(
                "tags",
                FieldType.listOf(FieldType.Name.TEXT),
                new Value.Items(List.of(new Value.Text("a"), new Value.Text("b"))));
        List<TargetWrite> writes = new ArrayList<>();
        for (long id = 0; id < 500; id++) {
            writes.add(
                    Rows.upsert(id, Rows.row(Vector.ofFloats((float) id, 1, 2), Rows.text("body", "row " + id), tags)));
        }
        try (Target target = new PostgresTarget("pg", config);
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), Rows.row(Vector.ofFloats(1, 2, 3), Rows.text("body", ""), tags)));
            database.execute(
                    "CREATE INDEX articles_body_btree ON articles (body)",
                    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'articles_body_btree'::regclass");
            writer.apply(Rows.batch(1, writes.toArray(TargetWrite[]::new)));
            await().atMost(Duration.ofSeconds(90)).until(() -> {
                writer.maintain(true);
                return indexes().size() == 4;
            });
            assertThat(indexes())
                    .containsExactly(
                            "articles_body_btree|text_ops",
                            "articles_embedding_ivfflat|vector_l2_ops",
                            "articles_pkey|int8_ops",
                            "articles_tags_gin|array_ops");
            assertThat(reader.vectorIndex()).hasValueSatisfying(index -> {
                assertThat(index.type()).isEqualTo("ivfflat");
                assertThat(index.metric()).contains(DistanceMetric.L2);
            });
        }
    }

    @Test
    void manyRowsAreScannedInPartsThatAMarkContinues() {
        List<TargetWrite> writes = new ArrayList<>();
        for (long id = 0; id < 45_000; id++) {
            writes.add(Rows.upsert(id, "row"));
        }
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(1, writes.toArray(TargetWrite[]::new)));
            List<String> marks = new ArrayList<>();
            int[] rows = new int[1];
            reader.scan("", row -> rows[0]++, marks::add);
            assertThat(rows[0]).isEqualTo(45_000);
            assertThat(marks).hasSize(3);
            assertThat(marks.getFirst()).endsWith("/n:19999");
            int[] rest = new int[1];
            reader.scan(marks.getFirst(), row -> rest[0]++, mark -> {});
            assertThat(rest[0]).isEqualTo(25_000);
        }
    }
}
