package io.vectorferry.sink.milvus;

import static io.vectorferry.sink.contracttests.Rows.batch;
import static io.vectorferry.sink.contracttests.Rows.delete;
import static io.vectorferry.sink.contracttests.Rows.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.contracttests.EveryType;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.milvus.collection.IndexConfig;
import io.vectorferry.sink.milvus.collection.MilvusConfig;
import io.vectorferry.sink.milvus.collection.WriteLimits;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import io.vectorferry.stores.milvus.FieldNames;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedServer.class)
final class MilvusWriterTest {
    private final MilvusServer server;
    private final String collection = SharedServer.freshName();

    MilvusWriterTest(MilvusServer server) {
        this.server = server;
    }

    private MilvusTarget target() {
        return target(MilvusConfig.of(server.uri(), collection));
    }

    private static MilvusTarget target(MilvusConfig config) {
        return new MilvusTarget("vectors", config);
    }

    private MilvusConfig withTyped(List<String> typed, Optional<String> partitionKey) {
        MilvusConfig plain = MilvusConfig.of(server.uri(), collection);
        return new MilvusConfig(
                plain.server(),
                collection,
                plain.alias(),
                plain.vector(),
                plain.index(),
                typed,
                partitionKey,
                1,
                plain.write());
    }

    private MilvusConfig withAlias(String name, String alias) {
        MilvusConfig plain = MilvusConfig.of(server.uri(), name);
        return new MilvusConfig(
                plain.server(),
                name,
                Optional.of(alias),
                plain.vector(),
                plain.index(),
                List.of(),
                Optional.empty(),
                1,
                plain.write());
    }

    private static TargetWriter prepared(MilvusTarget target) {
        TargetWriter writer = target.writer(Rows.COLLECTION);
        writer.prepare(Rows.schema());
        return writer;
    }

    @Test
    void aServerThatStaysConnectedAndSaysNothingIsGivenUpAtTheDeadline() {
        try (HoldingProxy proxy = HoldingProxy.to(URI.create(server.uri()).getPort())) {
            MilvusConfig plain = MilvusConfig.of("http://127.0.0.1:" + proxy.port(), collection);
            WriteLimits limits = new WriteLimits(
                    plain.write().requestBytes(),
                    plain.write().requestRows(),
                    plain.write().inFlight(),
                    Duration.ofSeconds(3));
            MilvusConfig config = new MilvusConfig(
                    plain.server(),
                    collection,
                    plain.alias(),
                    plain.vector(),
                    plain.index(),
                    List.of(),
                    Optional.empty(),
                    1,
                    limits);
            try (MilvusTarget target = target(config);
                    TargetWriter writer = prepared(target)) {
                writer.apply(batch(1, upsert(1, "one")));
                proxy.holdEverything();
                assertThatExceptionOfType(FerryException.class)
                        .isThrownBy(() -> writer.apply(batch(2, upsert(2, "two"))))
                        .satisfies(e -> {
                            assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
                            assertThat(e.errorType()).isEqualTo(ErrorType.TIMEOUT);
                        })
                        .withMessageMatching("a write at .*127.0.0.1:\\d+ was not answered in time");
            }
        }
    }

    @Test
    void collectionsWhoseNamesMilvusCannotTellApartHaveCollectionsOfTheirOwnAlsoAfterARestart() {
        List<String> tenants = List.of("tenant-a_docs", "tenant_a_docs", "tenant-a.docs");
        MilvusConfig config = MilvusConfig.of(server.uri(), collection + "_${collection}");
        try (MilvusTarget target = new MilvusTarget("vectors", config)) {
            assertThat(tenants.stream().map(target::sharing)).doesNotHaveDuplicates();
            for (String tenant : tenants) {
                writeAs(target, tenant, "of " + tenant);
            }
            for (String tenant : tenants) {
                assertThat(bodies(target, tenant)).containsExactly("of " + tenant);
            }
        }
        try (MilvusTarget restarted = new MilvusTarget("vectors", config)) {
            writeAs(restarted, "tenant-a.docs", "changed");
            assertThat(bodies(restarted, "tenant-a_docs")).containsExactly("of tenant-a_docs");
            assertThat(bodies(restarted, "tenant_a_docs")).containsExactly("of tenant_a_docs");
            assertThat(bodies(restarted, "tenant-a.docs")).containsExactly("changed");
        }
    }

    @Test
    void aCollectionOfTheUsersOwnHoldsTheRowsOfOneOfTheCollectionsThatHaveItsName() {
        python("""
                schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
                schema.add_field("id", DataType.INT64, is_primary=True)
                schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=3)
                client.create_collection(name + "_tenant_a_docs", schema=schema, properties={"mine": "kept"})
                """);
        MilvusConfig config = MilvusConfig.of(server.uri(), collection + "_${collection}");
        TargetKey first = new TargetKey("tenant-a_docs", new TargetKey.NumberId(1));
        TargetKey second = new TargetKey("tenant_a_docs", new TargetKey.NumberId(1));
        try (MilvusTarget target = new MilvusTarget("vectors", config);
                TargetWriter waits = target.writer(second.collection())) {
            assertThat(waits.exists()).isFalse(); // nobody's rows are in it
            writeAs(target, first.collection(), "of the first");
            waits.apply(batch(1, new TargetWrite.Delete(second, new TargetWrite.Origin(0, 0))));
            assertThat(bodies(target, first.collection())).containsExactly("of the first");
            writeAs(target, second.collection(), "of the second");
            assertThat(bodies(target, first.collection())).containsExactly("of the first");
            assertThat(bodies(target, second.collection())).containsExactly("of the second");
        }
        try (MilvusTarget restarted = new MilvusTarget("vectors", config)) {
            writeAs(restarted, second.collection(), "changed");
            assertThat(bodies(restarted, first.collection())).containsExactly("of the first");
            assertThat(bodies(restarted, second.collection())).containsExactly("changed");
        }
        assertThat(
                        python(
                                "print(client.query(name + '_tenant_a_docs', filter='id >= 0', output_fields=['body'],"
                                        + " consistency_level='Strong'), client.describe_collection(name + '_tenant_a_docs')['properties'])"))
                .contains("of the first", "'mine': 'kept'")
                .doesNotContain("of the second");
    }

    @Test
    void aliasesOfCollectionsWhoseNamesMilvusCannotTellApartStandForOneOfThemEach() {
        List<String> tenants = List.of("tenant_a_docs", "tenant-a_docs");
        String alias = collection + "_now_${collection}";
        try (MilvusTarget blue = target(withAlias(collection + "_1_${collection}", alias));
                MilvusTarget green = target(withAlias(collection + "_2_${collection}", alias))) {
            tenants.forEach(tenant -> writeAs(blue, tenant, "blue of " + tenant));
            tenants.reversed().forEach(tenant -> writeAs(green, tenant, "green of " + tenant));
            String own = "_now_tenant_a_docs";
            String other = FieldNames.distinct(own, "tenant-a_docs");
            assertThat(bodyBy(own)).isEqualTo("blue of tenant_a_docs");
            assertThat(bodyBy(other)).isEqualTo("blue of tenant-a_docs");
            green.promote("tenant-a_docs");
            assertThat(bodyBy(own)).isEqualTo("blue of tenant_a_docs");
            assertThat(bodyBy(other)).isEqualTo("green of tenant-a_docs");
            green.promote("tenant_a_docs");
            assertThat(bodyBy(own)).isEqualTo("green of tenant_a_docs");
            assertThat(bodyBy(other)).isEqualTo("green of tenant-a_docs");
        }
    }

    private String bodyBy(String alias) {
        return python("print(client.query(name + '%s', filter='id >= 0', output_fields=['body'],".formatted(alias)
                        + " consistency_level='Strong')[0]['body'])")
                .strip();
    }

    @Test
    void whatTheServerRefusesOfACollectionThatIsMadeStopsTheSinkWithTheServersReason() {
        MilvusConfig plain = MilvusConfig.of(server.uri(), collection);
        IndexConfig binary = new IndexConfig(Optional.of(IndexConfig.IndexKind.BIN_FLAT), Optional.empty(), 16, 256, 1);
        MilvusConfig wrongIndex = new MilvusConfig(
                plain.server(),
                collection,
                plain.alias(),
                plain.vector(),
                binary,
                List.of(),
                Optional.empty(),
                1,
                plain.write());
        try (MilvusTarget target = target(wrongIndex);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schema()))
                    .withMessageContaining("no index `type: BIN_FLAT` for FLOAT32 vectors")
                    .satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e.remedy()).contains("index: {type: BIN_FLAT}");
                    });
            assertThat(writer.exists()).isFalse();
        }
        List<Field> fields =
                IntStream.range(0, 70).mapToObj(i -> Rows.text("f" + i, "x")).toList();
        Row wide = Rows.row(Vector.ofFloats(1, 2, 3), fields.toArray(Field[]::new));
        MilvusConfig typed = MilvusConfig.of(server.uri(), collection + "_wide");
        MilvusConfig tooMany = new MilvusConfig(
                typed.server(),
                typed.collection(),
                typed.alias(),
                typed.vector(),
                typed.index(),
                fields.stream().map(Field::name).toList(),
                Optional.empty(),
                1,
                typed.write());
        try (MilvusTarget target = target(tooMany);
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schemaOf(Rows.key(1), wide)))
                    .withMessageContaining("creating collection " + collection + "_wide")
                    .withMessageContaining("64")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED));
        }
    }

    private static void writeAs(MilvusTarget target, String tenant, String body) {
        TargetKey key = new TargetKey(tenant, new TargetKey.NumberId(1));
        Row row = Rows.row(1, body);
        try (TargetWriter writer = target.writer(tenant)) {
            writer.prepare(Rows.schemaOf(key, row));
            writer.apply(batch(1, upsert(key, row)));
        }
    }

    private static List<String> bodies(MilvusTarget target, String tenant) {
        List<String> bodies = new ArrayList<>();
        try (TargetReader reader = target.reader(tenant)) {
            reader.scan(stored -> bodies.add(
                    ((Value.Text) stored.row().field("body").orElseThrow().value()).value()));
        }
        return bodies;
    }

    private static Row fetched(MilvusTarget target, long id) {
        try (TargetReader reader = target.reader(Rows.COLLECTION)) {
            TargetKey.Id key = new TargetKey.NumberId(id);
            Row row = reader.fetch(List.of(key)).get(key);
            assertThat(row).isNotNull();
            return java.util.Objects.requireNonNull(row);
        }
    }

    private String python(String program) {
        return PythonEnvironment.pymilvus()
                .run(
                        "import sys, struct\nfrom pymilvus import MilvusClient, DataType\nclient = MilvusClient(sys.argv[1])\n"
                                + "name = sys.argv[2]\n" + program,
                        server.uri(),
                        collection);
    }

    private void assertRefused(MilvusTarget target, String... reasons) {
        try (TargetWriter writer = target.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schema()))
                    .satisfies(e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e.getMessage()).contains(reasons);
                        assertThat(e.remedy()).contains("Set another `collection`");
                    });
        }
    }

    @Test
    void aCollectionThatMakesUpItsIdsIsRefusedSinceARepeatedWriteWouldDoubleItsRows() {
        python("""
                client.create_collection(name, dimension=3, vector_field_name="embedding", auto_id=True)
                """);
        try (MilvusTarget target = target()) {
            assertRefused(target, "generates ids (auto-ID)");
            assertThat(target.check(List.of(Rows.COLLECTION)))
                    .anySatisfy(finding -> assertThat(finding.message()).contains("generates its own ids"));
        }
    }

    @Test
    void everythingThatDoesNotFitIsToldAtOnce() {
        python("""
                schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field("pk", DataType.VARCHAR, is_primary=True, max_length=64)
                schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=4)
                schema.add_field("must", DataType.INT64)
                client.create_collection(name, schema=schema)
                """);
        try (MilvusTarget target = target()) {
            assertRefused(
                    target,
                    "primary key is `pk`",
                    "ids of the rows are of kind NUMBER",
                    "4 dimensions, but those of the rows have 3",
                    "neither a field `body` nor a dynamic field",
                    "`must` must have a value");
        }
    }

    @Test
    void aCollectionOfTheUsersOwnIsUsedWithItsFieldsWhenTheyFit() {
        python("""
                schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
                schema.add_field("id", DataType.INT64, is_primary=True)
                schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=3)
                schema.add_field("body", DataType.VARCHAR, max_length=4)
                client.create_collection(name, schema=schema)
                """);
        try (MilvusTarget target = target();
                TargetWriter writer = prepared(target)) {
            assertThat(writer.check(upsert(1, "abcde"))).map(Rejection::type).contains(ErrorType.SCHEMA);
            assertThat(writer.check(upsert(1, "äöü"))).map(Rejection::type).contains(ErrorType.SCHEMA);
            writer.apply(batch(1, upsert(1, "äö")));
            assertThat(fetched(target, 1)).isEqualTo(Rows.row(1, "äö"));
        }
    }

    @Test
    void anUpdateOfThePayloadAloneAndAKeyChangeReachTheCollection() {
        try (MilvusTarget target = target();
                TargetWriter writer = prepared(target)) {
            writer.apply(batch(1, upsert(1, "before")));
            Row after = new Row(Rows.row(1, "before").vectorColumn(), List.of(Rows.text("body", "after")));
            writer.apply(batch(2, upsert(1, after)));
            assertThat(fetched(target, 1)).isEqualTo(after);
            writer.apply(batch(3, delete(1), upsert(2, after)));
            assertThat(python("print(client.query(name, filter='id >= 0', output_fields=['id', 'body'],"
                            + " consistency_level='Strong'))"))
                    .contains("'id': 2", "after")
                    .doesNotContain("'id': 1");
        }
    }

    @Test
    void jsonLikeTextAndLongTextStayTextAndWhatIsTooLongIsTold() {
        try (MilvusTarget target = target();
                TargetWriter writer = prepared(target)) {
            String long60k = "漢".repeat(20_000);
            writer.apply(batch(1, upsert(1, "{\"a\": [1"), upsert(2, long60k), upsert(3, "null")));
            assertThat(fetched(target, 1)).isEqualTo(Rows.row(1, "{\"a\": [1"));
            assertThat(fetched(target, 2)).isEqualTo(Rows.row(2, long60k));
            assertThat(fetched(target, 3)).isEqualTo(Rows.row(3, "null"));
            assertThat(writer.check(upsert(4, "漢".repeat(22_000))))
                    .map(Rejection::type)
                    .contains(ErrorType.SCHEMA);
            assertThat(writer.check(upsert(5, Rows.row(Vector.ofFloats(1, Float.NaN, 0), Rows.text("body", "x")))))
                    .map(Rejection::type)
                    .contains(ErrorType.DATA_CORRUPTION);
        }
    }

    @Test
    void aRowThatOnlyTheServerRefusesIsToldAsARejectedRecordAndNotRetriedForEver() {
        Field json = new Field("j", FieldType.of(FieldType.Name.JSON), new Value.Text("{\"a\": 1e400}"));
        Row row = Rows.row(Vector.ofFloats(1, 2, 3), json);
        try (MilvusTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.apply(batch(1, upsert(1, row))))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.REJECTED_RECORD))
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("1e400"));
        }
    }

    @Test
    void aFieldKeepsItsTypeWhenTheSourceWidensItsColumnAndOnlyRowsThatDoNotFitAreDeadLetters() {
        Row narrow = numbers(FieldType.Name.INT32, new Value.Whole(7), FieldType.Name.REAL32, new Value.Real32(0.5f));
        Row wide = numbers(FieldType.Name.INT64, new Value.Whole(8), FieldType.Name.REAL64, new Value.Real64(0.25));
        try (MilvusTarget target = target(withTyped(List.of("views", "score"), Optional.empty()));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), narrow));
            writer.apply(batch(1, upsert(1, narrow)));
            writer.prepare(Rows.schemaOf(Rows.key(1), wide));
            Row tooLarge = numbers(
                    FieldType.Name.INT64, new Value.Whole(1L << 40), FieldType.Name.REAL64, new Value.Real64(0.25));
            Row tooExact =
                    numbers(FieldType.Name.INT64, new Value.Whole(8), FieldType.Name.REAL64, new Value.Real64(0.1));
            assertThat(writer.check(upsert(2, tooLarge)))
                    .map(Rejection::message)
                    .contains("the value of column views does not fit its field, which is Int32");
            assertThat(writer.check(upsert(2, tooExact)))
                    .map(Rejection::message)
                    .contains("the value of column score does not fit its field, which is Float");
            assertThat(writer.check(upsert(2, wide))).isEmpty();
            writer.apply(batch(2, upsert(2, wide)));
            assertThat(EveryType.values(fetched(target, 2))).isEqualTo(EveryType.values(wide));
        }
    }

    @Test
    void aDimensionThatMilvusDoesNotTakeIsRefusedWithItsReason() {
        for (int dimension : List.of(1, 32_769)) {
            Row row = new Row(
                    new VectorColumn(
                            "embedding", VectorElement.FLOAT32, dimension, Vector.ofFloats(new float[dimension])),
                    List.of());
            try (MilvusTarget target = target();
                    TargetWriter writer = target.writer(Rows.COLLECTION)) {
                assertThatExceptionOfType(FerryException.class)
                        .isThrownBy(() -> writer.prepare(Rows.schemaOf(Rows.key(1), row)))
                        .withMessage("Milvus accepts FLOAT32 vectors of 2 to 32768 dimensions, but `embedding` has "
                                + dimension)
                        .satisfies(e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED));
            }
        }
    }

    private static Row numbers(FieldType.Name whole, Value views, FieldType.Name real, Value score) {
        return Rows.row(
                Vector.ofFloats(1, 2, 3),
                new Field("views", FieldType.of(whole), views),
                new Field("score", FieldType.of(real), score));
    }

    @Test
    void aTypedColumnHasAFieldOfItsOwnAndANullInItIsADeadLetter() {
        FieldType whole = FieldType.of(FieldType.Name.INT64);
        Row row = Rows.row(
                Vector.ofFloats(1, 2, 3),
                Rows.text("tenant", "one"),
                new Field("views", whole, new Value.Whole(7)),
                new Field("stars", whole, Value.NULL));
        try (MilvusTarget target = target(withTyped(List.of("views"), Optional.of("tenant")));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), row));
            writer.apply(batch(1, upsert(1, row)));
            assertThat(fetched(target, 1)).isEqualTo(row);
            Row without = Rows.row(
                    Vector.ofFloats(1, 2, 3),
                    Rows.text("tenant", "one"),
                    new Field("views", whole, Value.NULL),
                    new Field("stars", whole, Value.NULL));
            assertThat(writer.check(upsert(2, without))).map(Rejection::type).contains(ErrorType.SCHEMA);
            assertThat(python("""
                    fields = {f["name"]: f for f in client.describe_collection(name)["fields"]}
                    print(fields["views"]["type"].name, fields["tenant"].get("is_partition_key"), "stars" in fields)
                    print(len(client.query(name, filter="views == 7 and not (stars == 0)", output_fields=["id"],
                                           consistency_level="Strong")))
                    print(len(client.query(name, filter="stars <= 0", output_fields=["id"], consistency_level="Strong")))
                    """)).isEqualToIgnoringWhitespace("INT64 True False 1 0");
        }
    }

    @Test
    void anAliasIsMadeWithTheCollectionAndMovesInOneStepWhenAnotherIsPromoted() {
        String alias = collection + "_now";
        String read = "print(client.query(sys.argv[2] + '_now', filter='id >= 0', output_fields=['body'],"
                + " consistency_level='Strong')[0]['body'])";
        try (MilvusTarget blue = target(withAlias(collection, alias));
                MilvusTarget green = target(withAlias(collection + "_v2", alias));
                TargetWriter one = prepared(blue);
                TargetWriter other = prepared(green)) {
            one.apply(batch(1, upsert(1, "blue")));
            other.apply(batch(1, upsert(1, "green")));
            assertThat(python(read)).isEqualToIgnoringNewLines("blue");
            green.promote(Rows.COLLECTION);
            assertThat(python(read)).isEqualToIgnoringNewLines("green");
        }
        try (MilvusTarget mistaken = target(MilvusConfig.of(server.uri(), alias));
                TargetWriter writer = mistaken.writer(Rows.COLLECTION)) {
            assertThatExceptionOfType(FerryException.class)
                    .isThrownBy(() -> writer.prepare(Rows.schema()))
                    .withMessageContaining("is an alias of collection");
        }
    }

    @Test
    void pymilvusSeesEveryIdAndEveryBitAndTheIndexThatWasAskedFor() {
        Row full = EveryType.row();
        try (MilvusTarget target = target();
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schemaOf(Rows.key(1), full));
            writer.apply(batch(2, upsert(1, full), upsert(2, EveryType.nulls(Vector.ofFloats(1, 2, 3)))));
            writer.apply(batch(3, upsert(2, full), delete(1), upsert(Long.MAX_VALUE - 1, full)));
        }
        String seen = python("""
                rows = sorted(client.query(name, filter="id > 0", output_fields=["*", "embedding"],
                                           consistency_level="Strong"), key=lambda r: r["id"])
                print([r["id"] for r in rows])
                print(struct.pack("<3f", *rows[0]["embedding"]).hex())
                print(rows[0]["c_int64"], rows[0]["c_decimal"], rows[0]["c_text"], rows[0]["l_int16"], rows[0]["c_json"])
                index = client.describe_index(name, client.list_indexes(name)[0])
                print(index)
                """);
        assertThat(seen)
                .contains("[2, 9223372036854775806]")
                .contains("0100000000000080ffff7f7f")
                .contains(
                        "9007199254740993 1234567890123456.7890 naïve 漢字 \uD83D\uDE80 ' [-32768, None] {'a': [1, None]}")
                .contains("'FLAT'", "'COSINE'");
    }

    @Test
    void aServerWithARateLimitSlowsTheSinkDownAndEveryRowArrives() {
        try (MilvusServer throttled = MilvusServer.forTest(Map.of(
                        "quotaAndLimits.dml.enabled", "true",
                        "quotaAndLimits.dml.upsertRate.collection.max", "0.05"));
                MilvusTarget target = target(MilvusConfig.of(throttled.uri(), "slow"));
                TargetWriter writer = prepared(target);
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            for (int round = 0; round < 12; round++) {
                long first = round * 100L;
                var rows = new io.vectorferry.sink.spi.TargetWrite[100];
                for (int i = 0; i < rows.length; i++) {
                    rows[i] = upsert(first + i, "x".repeat(200));
                }
                writer.apply(batch(round, rows));
            }
            assertThat(reader.count()).isEqualTo(1_200);
        }
    }
}
