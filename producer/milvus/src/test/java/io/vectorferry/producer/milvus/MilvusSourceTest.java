package io.vectorferry.producer.milvus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.producer.contracttests.ObservedSource;
import io.vectorferry.producer.contracttests.ObservedSource.Running;
import io.vectorferry.producer.contracttests.SourceReaderContract;
import io.vectorferry.producer.spi.Source;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Milvus that its Python client writes to on one side, the changes topic on the other. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MilvusSourceTest implements SourceReaderContract {
    @TempDir
    Path directory;

    private final MilvusServer server = MilvusServer.forTest();
    private final MilvusApplication application = new MilvusApplication(server);

    @BeforeAll
    void fillForTheReader() {
        application.run("""
                create("read")
                client.insert("read", rows(0, 12) + [{"pk": "it's \\"odd\\" \\\\", "vector": [9.0, 9.0, 9.0, 9.0], "name": "odd", "number": 1}])
                """);
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private ObservedSource observed(String collection) {
        return new ObservedSource(
                directory.resolve(collection.replace(", ", "-")),
                new MilvusSourceFactory(),
                "uri: \"%s\", rescan: 100ms, collections: [%s]".formatted(server.uri(), collection));
    }

    @Test
    void insertsUpdatesAndDeletionsAreFollowedAndNothingIsPublishedTwice() {
        application.run("create('docs'); client.insert('docs', rows(0, 300))");
        try (ObservedSource observed = observed("docs")) {
            try (Running running = observed.run("")) {
                observed.awaitComplete("docs", 1);
                assertThat(observed.live("docs")).hasSize(300);
                long before = observed.published();
                application.run("""
                        client.upsert("docs", rows(7, 1, "changed") + rows(300, 2))
                        client.delete("docs", ids=["r8", "r9"])
                        """);
                observed.changes.await(
                        "all of it",
                        seen -> observed.live("docs").size() == 300
                                && value(observed, "docs", "r7", "name").equals(new Value.Text("changed 7"))
                                && observed.live("docs").containsKey("r301"));
                assertThat(observed.live("docs")).doesNotContainKeys("r8", "r9");
                assertThat(observed.published() - before).isEqualTo(5);
                running.assertAlive();
            }
            long before = observed.published();
            application.run("client.delete('docs', ids=['r1'])"); // while nobody looks
            try (Running running = observed.run("")) {
                observed.awaitSize("docs", 299);
                running.assertAlive();
            }
            assertThat(observed.published() - before).isEqualTo(1);
        }
    }

    @Test
    void everyFieldArrivesWithItsTypeAndEveryBitOfItsVector() {
        application.run("""
                create("typed", key=DataType.INT64, fields=[("flag", DataType.BOOL, {}), ("i8", DataType.INT8, {}), ("i32", DataType.INT32, {}),
                    ("i64", DataType.INT64, {}), ("f", DataType.FLOAT, {}), ("d", DataType.DOUBLE, {}), ("text", DataType.VARCHAR, {"max_length": 100}),
                    ("tags", DataType.ARRAY, {"element_type": DataType.VARCHAR, "max_capacity": 5, "max_length": 20}),
                    ("numbers", DataType.ARRAY, {"element_type": DataType.INT64, "max_capacity": 5}), ("doc", DataType.JSON, {})])
                client.insert("typed", [{"pk": 9007199254740993, "vector": [0.1, -0.0, 3.4e38, 1e-45], "flag": True, "i8": -8, "i32": -3, "i64": 9007199254740993,
                    "f": 0.1, "d": 0.1, "text": "téxt", "tags": ["a", "b"], "numbers": [1, 2], "doc": {"a": [1, "x"]},
                    "whole": 5, "real": 1.5, "word": "w", "nested": {"k": [1]}, "no": False}])
                create("bits", vector=DataType.BINARY_VECTOR, dim=16)
                client.insert("bits", [{"pk": "b", "vector": bytes([0xF0, 0x01])}])
                """);
        try (ObservedSource observed = observed("typed, bits");
                Running running = observed.run("")) {
            observed.awaitSize("typed", 1);
            observed.awaitSize("bits", 1);
            Row row = row(observed, "typed", "9007199254740993");
            assertThat(row.vector().orElseThrow().value())
                    .contains(Vector.ofFloats(0.1f, -0.0f, 3.4e38f, Float.MIN_VALUE));
            assertThat(row.fields())
                    .contains(
                            field("flag", FieldType.Name.BOOL, new Value.Bool(true)),
                            field("i8", FieldType.Name.INT16, new Value.Whole(-8)),
                            field("i32", FieldType.Name.INT32, new Value.Whole(-3)),
                            field("i64", FieldType.Name.INT64, new Value.Whole(9007199254740993L)),
                            field("f", FieldType.Name.REAL32, new Value.Real32(0.1f)),
                            field("d", FieldType.Name.REAL64, new Value.Real64(0.1)),
                            field("text", FieldType.Name.TEXT, new Value.Text("téxt")),
                            new Field(
                                    "tags",
                                    FieldType.listOf(FieldType.Name.TEXT),
                                    new Value.Items(List.of(new Value.Text("a"), new Value.Text("b")))),
                            new Field(
                                    "numbers",
                                    FieldType.listOf(FieldType.Name.INT64),
                                    new Value.Items(List.of(new Value.Whole(1), new Value.Whole(2)))),
                            field("whole", FieldType.Name.INT64, new Value.Whole(5)),
                            field("real", FieldType.Name.REAL64, new Value.Real64(1.5)),
                            field("word", FieldType.Name.TEXT, new Value.Text("w")),
                            field("no", FieldType.Name.BOOL, new Value.Bool(false)));
            assertThat(row.field("doc").orElseThrow().type()).isEqualTo(FieldType.of(FieldType.Name.JSON));
            assertThat(row.field("nested").orElseThrow().type()).isEqualTo(FieldType.of(FieldType.Name.JSON));
            assertThat(row(observed, "bits", "b").vector().orElseThrow().value())
                    .contains(Vector.ofBytes(VectorElement.BINARY, 16, new byte[] {(byte) 0xF0, 1}));
            running.assertAlive();
        }
    }

    @Test
    void aCollectionMadeAgainIsANewGenerationAndADroppedOneIsSwept() {
        application.run("create('arts'); client.insert('arts', rows(0, 20))");
        application.run("create('gone'); client.insert('gone', rows(0, 2))");
        try (ObservedSource observed = observed("arts, gone");
                Running running = observed.run("")) {
            observed.awaitComplete("arts", 1);
            observed.awaitComplete("gone", 1);
            application.run("""
                    client.drop_collection("arts")
                    create("arts")
                    client.insert("arts", rows(10, 25, "again"))
                    client.drop_collection("gone")
                    """);
            observed.awaitComplete("arts", 2);
            observed.awaitComplete("gone", 2);
            observed.awaitSize("arts", 25);
            assertThat(observed.live("gone")).isEmpty();
            assertThat(value(observed, "arts", "r10", "name")).isEqualTo(new Value.Text("again 10"));
            running.assertAlive();
        }
    }

    @Test
    void aGreatLossIsRefusedUntilAPersonConfirmsIt() {
        application.run("create('most'); client.insert('most', rows(0, 20))");
        try (ObservedSource observed = observed("most")) {
            try (Running running = observed.run("")) {
                observed.awaitComplete("most", 1);
                application.run("client.delete('most', ids=[f'r{i}' for i in range(15)])");
                observed.awaitError("no longer lists 15 of 20 rows that were replicated");
                assertThat(observed.live("most")).hasSize(20);
                running.assertAlive();
            }
            try (Running running = observed.run("", true)) {
                observed.awaitComplete("most", 2);
                assertThat(observed.live("most")).hasSize(5);
                running.assertAlive();
            }
        }
    }

    @Test
    void aReleasedCollectionIsReadOnceItIsLoaded() {
        application.run("create('asleep'); client.insert('asleep', rows(0, 3)); client.release_collection('asleep')");
        try (ObservedSource observed = observed("asleep")) {
            assertThat(observed.source("").doctor())
                    .filteredOn(finding -> finding.level() == Finding.Level.ERROR)
                    .extracting(Finding::message)
                    .containsExactly("collection asleep is not loaded, so its rows cannot be read");
            application.run("client.load_collection('asleep')");
            try (Running running = observed.run("")) {
                observed.awaitSize("asleep", 3);
                running.assertAlive();
            }
        }
    }

    @Test
    void thePlanAndTheDoctorShowTheFieldsTheMetricAndTheMemory() {
        application.run("create('planned', metric='COSINE'); client.insert('planned', rows(0, 3))");
        try (ObservedSource observed = observed("planned")) {
            Source source = observed.source("");
            assertThat(source.plan().collections()).singleElement().satisfies(collection -> {
                assertThat(collection.rows()).isEqualTo(3);
                assertThat(collection.bytes()).isEqualTo(3 * 4 * Float.BYTES);
            });
            assertThat(source.doctor())
                    .extracting(Finding::message)
                    .anyMatch(message -> message.contains("planned: 3 rows, key `pk`, vectors vector float32(4)"))
                    .anyMatch(message -> message.contains("the producer remembers 3 rows"));
            assertThat(source.reader().searchMetric("planned")).contains(DistanceMetric.COSINE);
        }
    }

    /** Also with a key that a filter has to escape. */
    @Override
    public Source source() {
        PipelineFile file = PipelineFile.of("""
                pipeline: articles
                source: {milvus: {uri: "%s", collections: [read]}}
                targets: [{name: lake, lancedb: {uri: ./lance, table: t}}]
                """.formatted(server.uri()), List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        return new MilvusSourceFactory().configure(config, config.source().settings());
    }

    @Override
    public Value absent() {
        return new Value.Text("r99");
    }

    private static Row row(ObservedSource observed, String collection, String id) {
        return Objects.requireNonNull(observed.live(collection).get(id), id);
    }

    private static Value value(ObservedSource observed, String collection, String id, String field) {
        Row row = observed.live(collection).get(id);
        return row == null ? Value.NULL : row.field(field).map(Field::value).orElse(Value.NULL);
    }

    private static Field field(String name, FieldType.Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }
}
