package io.vectorferry.sink.chroma;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.message.ErrorType;
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
import io.vectorferry.deploy.server.ChromaServer;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.contracttests.EveryType;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class ChromaWriterTest {
    private final ChromaServer server;
    private final String collection = SharedServer.freshName();

    ChromaWriterTest(ChromaServer server) {
        this.server = server;
    }

    private ChromaTarget target() {
        return new ChromaTarget("vectors", SharedServer.config(server.url(), collection));
    }

    private ChromaTarget target(Space space) {
        return new ChromaTarget("vectors", SharedServer.config(SharedServer.address(server.url()), collection, space));
    }

    private static Map<TargetKey.Id, Row> stored(ChromaTarget target) {
        Map<TargetKey.Id, Row> rows = new HashMap<>();
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(stored -> rows.put(stored.id(), stored.row()));
        }
        return rows;
    }

    private static Row stored(ChromaTarget target, long id) {
        return Objects.requireNonNull(stored(target).get(new TargetKey.NumberId(id)), "no row " + id);
    }

    /** Runs a program of Chroma's own client that has {@code client} and {@code name}, and returns what it prints. */
    private String python(String program) {
        return PythonEnvironment.chroma()
                .run(
                        "import sys, chromadb\nclient = chromadb.HttpClient(port=int(sys.argv[1]))\nname = sys.argv[2]\n"
                                + program,
                        Integer.toString(server.port()),
                        collection)
                .strip();
    }

    private static Field real(String name, double value) {
        return new Field(name, FieldType.of(FieldType.Name.REAL64), new Value.Real64(value));
    }

    private static Field reals(double... values) {
        List<Value> items = new ArrayList<>();
        for (double value : values) {
            items.add(new Value.Real64(value));
        }
        return new Field("reals", FieldType.listOf(FieldType.Name.REAL64), new Value.Items(items));
    }

    @Test
    void everyFloatOfTheMetadataIsStoredAsItIs() {
        Random random = new Random(7);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 6_000; i++) {
            double any = i % 3 == 0
                    ? Double.longBitsToDouble(random.nextLong())
                    : i % 3 == 1 ? random.nextDouble() : random.nextGaussian() * 1e6;
            double number = Double.isNaN(any) ? Double.NaN : any;
            Field single = new Field("single", FieldType.of(FieldType.Name.REAL32), new Value.Real32((float) number));
            rows.add(Rows.row(Vector.ofFloats(1, 2, 3), real("real", number), reals(number, 0.1), single));
        }
        for (double edge : List.of(0.0, -0.0, Double.MIN_VALUE, -Double.MAX_VALUE, Double.POSITIVE_INFINITY, 1e23)) {
            Field single = new Field("single", FieldType.of(FieldType.Name.REAL32), new Value.Real32((float) edge));
            rows.add(Rows.row(Vector.ofFloats(1, 2, 3), real("real", edge), reals(edge), single));
        }
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(0), rows.getFirst()));
            List<io.vectorferry.sink.spi.TargetWrite> writes = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                writes.add(upsert(i, rows.get(i)));
            }
            writer.apply(batch(1, writes.toArray(io.vectorferry.sink.spi.TargetWrite[]::new)));
            Map<TargetKey.Id, Row> stored = stored(target);
            assertThat(stored).hasSameSizeAs(rows);
            for (int i = 0; i < rows.size(); i++) {
                assertThat(stored.get(new TargetKey.NumberId(i))).isEqualTo(rows.get(i));
            }
        }
        int texts = Integer.parseInt(
                python(
                        "print(sum(isinstance(m['real'], str) for m in client.get_collection(name, embedding_function=None).get()['metadatas']))"));
        assertThat(texts).as("numbers that are texts: NaN and infinities").isLessThan(60);
    }

    @Test
    void anUpsertLeavesNothingOfTheRowBeforeIt() {
        Row full = Rows.row(
                Vector.ofFloats(1, 2, 3),
                Rows.text("document", "a text"),
                Rows.text("chroma_uri", "file:a"),
                Rows.text("title", "t"),
                reals(1, 2));
        Row less = Rows.row(Vector.ofFloats(3, 2, 1), Rows.text("title", ""));
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), full));
            writer.apply(batch(1, upsert(1, full), upsert(2, full), upsert(3, less)));
            assertThat(python("""
                found = client.get_collection(name, embedding_function=None).get(ids=["1"], include=["documents", "metadatas", "uris"])
                print(found["documents"], found["uris"], sorted(found["metadatas"][0].items()))\
                """)).isEqualTo("['a text'] ['file:a'] [('reals', [1.0, 2.0]), ('title', 't')]");
            assertThat(stored(target, 1)).isEqualTo(full);
            python("""
                client.get_collection(name, embedding_function=None).update(ids=["2"], metadatas=[{"another's": 1}])\
                """);
            writer.apply(batch(2, upsert(1, less), upsert(2, less)));
            assertThat(EveryType.values(stored(target, 1))).isEqualTo(EveryType.values(stored(target, 3)));
            assertThat(EveryType.values(stored(target, 2))).isEqualTo(EveryType.values(stored(target, 3)));
            assertThat(python("""
                found = client.get_collection(name, embedding_function=None).get(ids=["1", "2"], include=["documents", "metadatas", "uris"])
                print(found["documents"], found["uris"], found["metadatas"])\
                """))
                    .isEqualTo("[None, None] [None," + " None]" + " [{'title':" + " ''}, {'title':" + " ''}]");
        }
    }

    @Test
    void aCosineSpaceKeepsVectorsWithinTheToleranceAndRefusesThoseThatItWouldLose() {
        Random random = new Random(3);
        Row longest = Rows.row(Vector.ofFloats(3e38f, 1e38f, 0), Rows.text("body", "x"));
        Row shortest = Rows.row(Vector.ofFloats(1e-30f, 0, 0), Rows.text("body", "x"));
        Row zero = Rows.row(Vector.ofFloats(0, 0, 0), Rows.text("body", "x"));
        try (ChromaTarget target = target(Space.COSINE);
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            assertThat(reader.tolerance()).isZero();
            writer.prepare(Rows.schema());
            assertThat(reader.tolerance()).isEqualTo(1e-6);
            assertThat(writer.check(upsert(1, longest))).map(Rejection::type).contains(ErrorType.SCHEMA);
            assertThat(writer.check(upsert(1, shortest))).map(Rejection::type).contains(ErrorType.SCHEMA);
            assertThat(writer.check(upsert(1, zero))).isEmpty();
            for (int i = 0; i < 200; i++) {
                float scale = (float) Math.pow(10, random.nextInt(30) - 15);
                Vector vector = Vector.ofFloats(
                        (float) random.nextGaussian() * scale,
                        (float) random.nextGaussian() * scale,
                        (float) random.nextGaussian() * scale);
                writer.apply(batch(i, upsert(1, Rows.row(vector, Rows.text("body", "x")))));
                assertNear(
                        vector,
                        stored(target, 1).vector().flatMap(VectorColumn::value).orElseThrow());
            }
            writer.apply(batch(300, upsert(1, zero)));
            assertThat(stored(target, 1)).isEqualTo(zero);
        }
    }

    private static void assertNear(Vector expected, Vector actual) {
        float largest = 0;
        float furthest = 0;
        for (int i = 0; i < expected.dimension(); i++) {
            float one = expected.buffer().getFloat(i * Float.BYTES);
            largest = Math.max(largest, Math.abs(one));
            furthest = Math.max(furthest, Math.abs(one - actual.buffer().getFloat(i * Float.BYTES)));
        }
        assertThat(furthest).isLessThanOrEqualTo(1e-6f * largest);
    }

    @Test
    void shorterElementsComeBackAsTheyWentAlsoFromACosineSpace() {
        ByteBuffer halves = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
        halves.putShort(Float.floatToFloat16(0.333f))
                .putShort(Float.floatToFloat16(-7.5f))
                .putShort((short) 1);
        Map<VectorElement, Vector> vectors = Map.of(
                VectorElement.FLOAT16, Vector.ofBytes(VectorElement.FLOAT16, 3, halves.array()),
                VectorElement.INT8, Vector.ofBytes(VectorElement.INT8, 3, new byte[] {-128, 127, 3}));
        for (Space space : Space.values()) {
            vectors.forEach((element, vector) -> {
                ChromaTargetConfig config = SharedServer.config(
                        SharedServer.address(server.url()), collection + "_" + space.label() + element, space);
                Row row = new Row(new VectorColumn("v", element, 3, vector), List.of(Rows.text("body", "x")));
                try (ChromaTarget target = new ChromaTarget("vectors", config);
                        TargetWriter writer = target.writer(Rows.COLLECTION)) {
                    writer.prepare(Rows.schemaOf(Rows.key(1), row));
                    assertThat(writer.check(upsert(1, row))).isEmpty();
                    writer.apply(batch(1, upsert(1, row)));
                    assertThat(stored(target, 1)).as("%s %s", space, element).isEqualTo(row);
                }
            });
        }
    }

    @Test
    void rowsThatChromaCannotHoldAreToldWithTheirReason() {
        Row bits = new Row(
                new VectorColumn(
                        "embedding", VectorElement.BINARY, 8, Vector.ofBytes(VectorElement.BINARY, 8, new byte[1])),
                List.of());
        Row reserved = Rows.row(Vector.ofFloats(1, 2, 3), Rows.text("chroma:document", "x"));
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), bits));
            assertThat(writer.exists()).isFalse();
            assertRefused(writer, bits, ErrorType.SCHEMA, "dense vectors");
            writer.prepare(Rows.schemaOf(Rows.key(1), reserved));
            assertRefused(writer, reserved, ErrorType.SCHEMA, "reserves the metadata key");
            assertRefused(writer, Rows.row(null), ErrorType.SCHEMA, "NULL");
            assertRefused(
                    writer,
                    Rows.row(Vector.ofFloats(1, Float.NaN, 3)),
                    ErrorType.DATA_CORRUPTION,
                    "NaN or an infinity");
            assertRefused(
                    writer,
                    Rows.row(Vector.ofFloats(1, 2, 3), Rows.text("chroma:document", "x".repeat(40 << 20))),
                    ErrorType.SCHEMA,
                    "reserves the metadata key");
        }
    }

    private static void assertRefused(TargetWriter writer, Row row, ErrorType type, String reason) {
        assertThat(writer.check(upsert(1, row))).hasValueSatisfying(rejection -> {
            assertThat(rejection.type()).isEqualTo(type);
            assertThat(rejection.message()).contains(reason);
        });
    }

    @Test
    void aCollectionIsCreatedWithTheSpaceOfTheSourceAndAnExistingOneIsUsedOnlyIfItFits() {
        ChromaTargetConfig plain = SharedServer.config(server.url(), collection);
        ChromaTargetConfig open = new ChromaTargetConfig(
                plain.address(),
                collection,
                Optional.empty(),
                Map.of("max_neighbors", 9),
                Optional.empty(),
                "document",
                plain.write());
        try (ChromaTarget target = new ChromaTarget("vectors", open);
                TargetWriter writer = target.writer(Rows.COLLECTION, () -> Optional.of(DistanceMetric.DOT))) {
            writer.prepare(Rows.schema());
            writer.apply(batch(1, upsert(1, "a")));
        }
        assertThat(python("""
            hnsw = client.get_collection(name, embedding_function=None).configuration_json["hnsw"]
            print(hnsw["space"], hnsw["max_neighbors"])\
            """)).isEqualTo("ip 9");
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schema()))
                    .withMessageContaining("its space is ip, but `space` is l2")
                    .satisfies(e -> assertThat(e.remedy()).contains("another `collection`"));
            assertThat(target.check(List.of(Rows.COLLECTION)))
                    .extracting(Finding::level)
                    .contains(Finding.Level.ERROR);
        }
        try (ChromaTarget target = new ChromaTarget("vectors", open);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            Row four = new Row(
                    new VectorColumn("embedding", VectorElement.FLOAT32, 4, Vector.ofFloats(1, 2, 3, 4)), List.of());
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schemaOf(Rows.key(1), four)))
                    .withMessageContaining("its vectors have 3 dimensions, but those of the rows have 4");
            TargetKey text = new TargetKey(Rows.COLLECTION, new TargetKey.TextId("1"));
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schemaOf(text, Rows.row(1, "a"))))
                    .withMessageContaining("its ids are of kind NUMBER");
        }
    }

    @Test
    void aCollectionOfTheUsersOwnKeepsItsMetadataAndRecordsOfOthersAreSeen() {
        python("""
            users = client.create_collection(name, metadata={"mine": "kept", "hnsw:space": "l2"}, embedding_function=None)
            users.add(ids=["7", "07", "seven"], embeddings=[[1, 2, 3]] * 3, metadatas=[{"body": "theirs", "n": 1}] * 3)\
            """);
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThat(writer.exists()).isFalse();
            assertThat(writer.filledWith()).isEmpty();
            writer.prepare(Rows.schema());
            writer.apply(batch(1, upsert(7, "ours"), upsert(8, "ours"), delete(9)));
            assertThat(stored(target))
                    .containsOnlyKeys(
                            new TargetKey.NumberId(7),
                            new TargetKey.NumberId(8),
                            new TargetKey.TextId("07"),
                            new TargetKey.TextId("seven"));
            assertThat(stored(target, 7)).isEqualTo(Rows.row(7, "ours"));
        }
        assertThat(python("print(client.get_collection(name, embedding_function=None).metadata['mine'])"))
                .isEqualTo("kept");
    }

    @Test
    void filtersCompareNumbersTextsAndTruthValues() {
        Row row = Rows.row(
                Vector.ofFloats(1, 2, 3),
                Rows.text("lang", "en"),
                new Field("n", FieldType.of(FieldType.Name.INT64), new Value.Whole((1L << 53) + 1)),
                new Field("ok", FieldType.of(FieldType.Name.BOOL), new Value.Bool(true)),
                real("score", 0.1));
        try (ChromaTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            writer.apply(batch(1, upsert(1, row)));
            assertThat(found(reader, "lang", FieldCondition.Operator.EQUAL, new Value.Text("en")))
                    .isOne();
            assertThat(found(reader, "n", FieldCondition.Operator.GREATER, new Value.Whole(1L << 53)))
                    .isOne();
            assertThat(found(reader, "n", FieldCondition.Operator.GREATER, new Value.Whole((1L << 53) + 1)))
                    .isZero();
            assertThat(found(reader, "score", FieldCondition.Operator.EQUAL, new Value.Real64(0.1)))
                    .isOne();
            assertThat(found(reader, "score", FieldCondition.Operator.LESS, new Value.Whole(1)))
                    .isOne();
            assertThat(found(reader, "ok", FieldCondition.Operator.EQUAL, new Value.Bool(false)))
                    .isZero();
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> found(reader, "lang", FieldCondition.Operator.LESS, new Value.Text("z")))
                    .withMessageContaining("order numbers only");
        }
    }

    private static int found(TargetReader reader, String field, FieldCondition.Operator operator, Value value) {
        return reader.search(Vector.ofFloats(1, 2, 3), 5, List.of(new FieldCondition(field, operator, value)))
                .size();
    }

    @Test
    void aServerThatStaysConnectedAndSaysNothingIsGivenUpAtTheDeadline() {
        try (HoldingProxy proxy = HoldingProxy.to(server.port())) {
            ChromaTargetConfig config = SharedServer.config(
                    SharedServer.address("http://127.0.0.1:" + proxy.port(), Duration.ofSeconds(2)),
                    collection,
                    Space.L2);
            try (ChromaTarget target = new ChromaTarget("vectors", config);
                    TargetWriter writer = target.writer(Rows.COLLECTION)) {
                writer.prepare(Rows.schema());
                writer.apply(batch(1, upsert(1, "one")));
                proxy.holdEverything();
                assertThatExceptionOfType(FerryException.class)
                        .isThrownBy(() -> writer.apply(batch(2, upsert(2, "two"))))
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE))
                        .withMessageMatching(
                                "Chroma at .* (did not respond within 2 s|does not respond: HttpTimeoutException)");
            }
        }
    }

    @Test
    void anUnknownDatabaseIsAnErrorOfTheDoctorAndOfTheWriter() {
        ChromaTargetConfig plain = SharedServer.config(server.url(), collection);
        io.vectorferry.stores.chroma.ChromaAddress elsewhere = new io.vectorferry.stores.chroma.ChromaAddress(
                "targets[0].chroma",
                server.url(),
                "default_tenant",
                "no_such_database",
                Optional.empty(),
                plain.address().tokenHeader(),
                plain.address().requestTimeout());
        try (ChromaTarget target = new ChromaTarget("vectors", SharedServer.config(elsewhere, collection, Space.L2));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThat(target.check(List.of(Rows.COLLECTION)))
                    .filteredOn(finding -> finding.level() == Finding.Level.ERROR)
                    .extracting(Finding::check)
                    .containsExactly("chroma.database");
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schema()))
                    .satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e.remedy()).contains("create the tenant and the database");
                    });
        }
    }
}
