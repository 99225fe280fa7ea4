package io.vectorferry.sink.milvus;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.MilvusLiteServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.contracttests.TargetWriterContract;
import io.vectorferry.sink.contracttests.TextIdContract;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What Milvus has since 2.4 and 2.5, on Milvus Lite: a rewrite that speaks the protocol, since no server of those versions can be had here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MilvusLiteTest implements TargetWriterContract, TextIdContract {
    private static final FieldType WHOLE = FieldType.of(FieldType.Name.INT64);

    private MilvusLiteServer server;
    private String collection;

    @BeforeAll
    void start() {
        server = MilvusLiteServer.forTest();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @BeforeEach
    void choose() {
        collection = SharedServer.freshName();
    }

    @Override
    public Target target() {
        return new MilvusTarget("vectors", MilvusConfig.of(server.uri(), collection));
    }

    @Test
    void everyColumnHasAFieldOfItsOwnAndANullInItIsNull() {
        Row seven = Rows.row(Vector.ofFloats(1, 2, 3), new Field("views", WHOLE, new Value.Whole(7)));
        Row none = Rows.row(Vector.ofFloats(4, 5, 6), new Field("views", WHOLE, Value.NULL));
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), seven));
            writer.apply(batch(2, upsert(1, seven), upsert(2, none)));
            assertThat(read(target)).isEqualTo(Map.of(1L, seven, 2L, none));
        }
        assertThat(python("""
                fields = {f["name"]: f for f in client.describe_collection(name)["fields"]}
                print(fields["views"]["type"].name, fields["views"].get("nullable"))
                print([r["id"] for r in client.query(name, filter="views is null", output_fields=["id"])])
                print([r["id"] for r in client.query(name, filter="views == 7", output_fields=["id"])])
                """)).isEqualToIgnoringWhitespace("INT64 True [2] [1]");
    }

    @Test
    void columnsThatACollectionHasNoRoomForGoIntoTheDynamicField() {
        Field[] fields = IntStream.range(0, 100)
                .mapToObj(i -> new Field("c" + i, WHOLE, new Value.Whole(i)))
                .toArray(Field[]::new);
        Row row = Rows.row(Vector.ofFloats(1, 2, 3), fields);
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            writer.apply(batch(1, upsert(1, row)));
            assertThat(read(target)).isEqualTo(Map.of(1L, row));
        }
        assertThat(python("""
                print(len(client.describe_collection(name)["fields"]))
                print([r["id"] for r in client.query(name, filter="c0 == 0 and c99 == 99", output_fields=["id"])])
                """)).isEqualToIgnoringWhitespace("63 [1]");
    }

    @Test
    void sparseVectorsArriveWithTheirIndex() {
        ByteBuffer twoEntries = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
        twoEntries.putInt(3).putInt(999_999).putFloat(0.5f).putFloat(2f);
        Vector vector = Vector.ofBytes(VectorElement.SPARSE, 1_000_000, twoEntries.array());
        Row row = new Row(
                new VectorColumn("embedding", VectorElement.SPARSE, 1_000_000, vector),
                List.of(Rows.text("body", "a")));
        try (Target target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            writer.apply(batch(1, upsert(1, row)));
        }
        assertThat(python("""
                print(client.query(name, filter="id == 1", output_fields=["embedding"])[0]["embedding"])
                print(client.describe_index(name, client.list_indexes(name)[0])["index_type"])
                """)).isEqualToIgnoringWhitespace("{3: 0.5, 999999: 2.0} SPARSE_INVERTED_INDEX");
    }

    private static Map<Long, Row> read(Target target) {
        Map<Long, Row> rows = new HashMap<>();
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(stored -> rows.put(((TargetKey.NumberId) stored.id()).value(), stored.row()));
        }
        return rows;
    }

    private String python(String program) {
        return PythonEnvironment.pymilvus()
                .run(
                        "import sys\nfrom pymilvus import MilvusClient\nclient = MilvusClient(sys.argv[1])\n"
                                + "name = sys.argv[2]\n" + program,
                        server.uri(),
                        collection);
    }
}
