package io.vectorferry.producer.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.control.BarrierAnnouncer;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.producer.contracttests.ObservedSource;
import io.vectorferry.producer.contracttests.ObservedSource.Running;
import io.vectorferry.producer.spi.SourcePlan;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tables that LanceDB's Python client writes on one side, the changes topic on the other. */
@Timeout(180)
class LanceDbSourceTest {
    @TempDir
    Path directory;

    private LanceDbApplication application = new LanceDbApplication(Path.of(""));
    private ObservedSource observed;

    @BeforeEach
    void start() {
        Path database = directory.resolve("db");
        application = new LanceDbApplication(database);
        observed = new ObservedSource(
                directory, new LanceDbSourceFactory(), "uri: \"%s\", rescan: 100ms".formatted(database));
    }

    @AfterEach
    void stop() {
        observed.close();
    }

    @Test
    void insertsUpdatesAndDeletionsAreFollowedAndNothingIsPublishedTwice() {
        application.run("db.create_table('docs', rows(0, 300))");
        try (Running running = observed.run("")) {
            observed.awaitComplete("docs", 1);
            assertThat(observed.live("docs")).hasSize(300);
            long before = observed.published();
            application.run("""
                    docs = db.open_table("docs")
                    docs.add(rows(300, 2))
                    docs.update(where="id = 'r7'", values={"name": "changed"})
                    docs.delete("id = 'r8'")
                    docs.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows(9, 1, "merged") + rows(400, 1))
                    docs.optimize()
                    """);
            observed.changes.await(
                    "all of it",
                    seen -> observed.live("docs").size() == 302
                            && value("docs", "r7", "name").equals(new Value.Text("changed"))
                            && value("docs", "r9", "name").equals(new Value.Text("merged 9")));
            assertThat(observed.live("docs"))
                    .containsKeys("r300", "r301", "r400")
                    .doesNotContainKey("r8");
            assertThat(observed.published() - before).isEqualTo(6);
            running.assertAlive();
        }
        long before = observed.published();
        application.run("db.open_table('docs').delete(\"id in ('r1', 'r2')\")"); // while nobody looks
        try (Running running = observed.run("")) {
            observed.awaitSize("docs", 300);
            running.assertAlive();
        }
        assertThat(observed.published() - before).isEqualTo(2);
    }

    @Test
    void everyTypeOfArrowArrivesExactlyOrAsItsPageSays() {
        application.run("""
                half = pa.list_(pa.float16(), 2)
                schema = pa.schema([("key", pa.int32()), ("vector", half), ("second", pa.list_(pa.float32(), 3)),
                    ("i8", pa.int8()), ("u32", pa.uint32()), ("u64", pa.uint64()), ("f", pa.float32()), ("d", pa.float64()),
                    ("flag", pa.bool_()), ("text", pa.large_string()), ("bytes", pa.binary()), ("day", pa.date32()),
                    ("at", pa.timestamp("us", tz="UTC")), ("local", pa.timestamp("ms")), ("price", pa.decimal128(10, 2)),
                    ("tags", pa.list_(pa.string())), ("reals", pa.list_(pa.float64(), 2)),
                    ("nested", pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])), ("none", pa.string())])
                at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=datetime.timezone.utc)
                table = pa.table([pa.array([7], pa.int32()), pa.array([[np.float16(0.5), np.float16(-2)]], half),
                    pa.array([[0.1, -0.0, 3.4e38]], pa.list_(pa.float32(), 3)), pa.array([-8], pa.int8()),
                    pa.array([4294967295], pa.uint32()), pa.array([18446744073709551615], pa.uint64()), pa.array([0.1], pa.float32()),
                    pa.array([0.1], pa.float64()), pa.array([True]), pa.array(["t\u00e9xt"], pa.large_string()), pa.array([b"\\x00\\xff"]),
                    pa.array([datetime.date(1970, 1, 11)]), pa.array([at], pa.timestamp("us", tz="UTC")),
                    pa.array([datetime.datetime(1970, 1, 1, 0, 0, 1)], pa.timestamp("ms")), pa.array([decimal.Decimal("12.50")], pa.decimal128(10, 2)),
                    pa.array([["a", None]], pa.list_(pa.string())), pa.array([[1.5, 2.5]], pa.list_(pa.float64(), 2)),
                    pa.array([{"a": 1, "b": ["x"]}], schema.field("nested").type), pa.array([None], pa.string())], schema=schema)
                db.create_table("typed", table)
                """);
        try (Running running = observed.run(", key: key")) {
            observed.awaitSize("typed", 1);
            running.assertAlive();
        }
        Row row = row("typed", "7");
        assertThat(row.vectors()).extracting(one -> one.name()).containsExactly("vector", "second");
        assertThat(row.vectorAt(0).value())
                .contains(Vector.ofBytes(VectorElement.FLOAT16, 2, new byte[] {0, 0x38, 0, (byte) 0xc0}));
        assertThat(row.vectorAt(1).value()).contains(Vector.ofFloats(0.1f, -0.0f, 3.4e38f));
        assertThat(row.fields())
                .containsExactly(
                        field("i8", FieldType.Name.INT16, new Value.Whole(-8)),
                        field("u32", FieldType.Name.INT64, new Value.Whole(4294967295L)),
                        new Field("u64", FieldType.decimal(20, 0), new Value.Text("18446744073709551615")),
                        field("f", FieldType.Name.REAL32, new Value.Real32(0.1f)),
                        field("d", FieldType.Name.REAL64, new Value.Real64(0.1)),
                        field("flag", FieldType.Name.BOOL, new Value.Bool(true)),
                        field("text", FieldType.Name.TEXT, new Value.Text("téxt")),
                        field("bytes", FieldType.Name.BYTES, new Value.Bytes(ByteString.copyFrom(new byte[] {0, -1}))),
                        field("day", FieldType.Name.DATE, new Value.Whole(10)),
                        field("at", FieldType.Name.TIMESTAMPTZ, new Value.Whole(1_767_323_045_678_901L)),
                        field("local", FieldType.Name.TIMESTAMP, new Value.Whole(1_000_000)),
                        new Field("price", FieldType.decimal(10, 2), new Value.Text("12.50")),
                        new Field(
                                "tags",
                                FieldType.listOf(FieldType.Name.TEXT),
                                new Value.Items(List.of(new Value.Text("a"), Value.NULL))),
                        new Field(
                                "reals",
                                FieldType.listOf(FieldType.Name.REAL64),
                                new Value.Items(List.of(new Value.Real64(1.5), new Value.Real64(2.5)))),
                        field("nested", FieldType.Name.JSON, new Value.Text("{\"a\":1,\"b\":[\"x\"]}")),
                        field("none", FieldType.Name.TEXT, Value.NULL));
    }

    @Test
    void tablesThatComeAndGoAreFollowedAndOneMadeAgainReplacesTheOldOne() {
        application.run("db.create_table('docs', rows(0, 20))");
        try (Running running = observed.run(", maxLossPercent: 100")) {
            observed.awaitSize("docs", 20);
            application.run("db.create_table('more', rows(0, 3))");
            observed.awaitSize("more", 3);
            application.run("""
                    db.drop_table("docs")
                    db.create_table("docs", rows(10, 25, "again"))
                    """);
            observed.changes.await(
                    "the table made again",
                    seen -> observed.live("docs").size() == 25
                            && value("docs", "r10", "name").equals(new Value.Text("again 10")));
            assertThat(observed.live("docs")).doesNotContainKey("r9").containsKey("r34");
            application.run("db.drop_table('more')");
            observed.awaitComplete("more", 2);
            assertThat(observed.live("more")).isEmpty();
            running.assertAlive();
        }
    }

    @Test
    void aTableWithOtherColumnsOrAnOlderVersionIsReadAgain() {
        application.run("db.create_table('docs', rows(0, 50))");
        try (Running running = observed.run("")) {
            observed.awaitSize("docs", 50);
            application.run("""
                    docs = db.open_table("docs")
                    docs.add_columns({"doubled": "number * 2"})
                    """);
            observed.changes.await(
                    "the new column", seen -> row("docs", "r4").field("doubled").isPresent());
            application.run("""
                    docs = db.open_table("docs")
                    docs.delete("number < 10")
                    """);
            observed.awaitSize("docs", 40);
            application.run("""
                    docs = db.open_table("docs")
                    docs.restore(docs.version - 1)
                    """);
            observed.awaitSize("docs", 50);
            running.assertAlive();
        }
    }

    @Test
    void aGreatLossIsRefusedUntilAPersonConfirmsIt() {
        application.run("db.create_table('docs', rows(0, 20)); db.create_table('more', rows(0, 2))");
        try (Running running = observed.run("")) {
            observed.awaitSize("docs", 20);
            observed.awaitSize("more", 2);
            application.run("db.drop_table('docs')");
            observed.awaitError("is missing 20 of 22 rows that were replicated");
            assertThat(observed.live("docs")).hasSize(20);
            running.assertAlive();
        }
        try (Running running = observed.run("", true)) {
            observed.awaitComplete("more", 2);
            assertThat(observed.live("docs")).isEmpty();
            running.assertAlive();
        }
    }

    @Test
    void ofRowsThatShareAKeyTheFirstIsReplicatedAndTheOthersAreDeadLetters() {
        application.run("""
                db.create_table("docs", rows(0, 3))
                db.open_table("docs").add(rows(1, 1, "second"))
                """);
        assertThat(observed.source("").doctor())
                .extracting(Finding::message)
                .anyMatch(message -> message.contains("1 rows have a key that another row has"));
        try (Running running = observed.run("")) {
            observed.awaitComplete("docs", 1);
            assertThat(value("docs", "r1", "name")).isEqualTo(new Value.Text("row 1"));
            assertThat(observed.changes.deadLetters()).hasSize(1);
            application.run("db.open_table('docs').add(rows(5, 1))");
            observed.awaitSize("docs", 4);
            application.run(
                    "db.open_table('docs').add(rows(2, 1, 'second'))"); // the count shows that it is not an update
            observed.changes.await(
                    "the first row again",
                    seen -> observed.changes.deadLetters().size() == 2
                            && value("docs", "r2", "name").equals(new Value.Text("row 2")));
            running.assertAlive();
        }
    }

    @Test
    void aBarrierFollowsAllThatWasCommittedBeforeItWasIssued() {
        application.run("db.create_table('docs', rows(0, 2))");
        try (Running running = observed.run("");
                ControlPublisher control = observed.control();
                BarrierIssuer barriers =
                        observed.source("").barriers(observed.changes.kafka, observed.changes.topics)) {
            observed.awaitComplete("docs", 1);
            application.run("db.open_table('docs').add(rows(2, 5))");
            Barrier asked = new BarrierAnnouncer(barriers, control, Clock.systemUTC()).issue(0);
            observed.changes.await(
                    "the barrier in each partition",
                    seen -> seen.stream()
                                    .filter(one -> one.change() instanceof Change.BarrierMark mark
                                            && mark.barrier().id().equals(asked.id()))
                                    .count()
                            == 2);
            assertThat(observed.live("docs")).hasSize(7);
            running.assertAlive();
        }
    }

    @Test
    void aTableWithoutTheKeysColumnOrWithARowWithoutAKeyIsRefusedWithARemedy() {
        application.run("db.create_table('docs', [{'note_id': 'n1', 'vector': [1.0, 2.0]}])");
        assertThatThrownBy(() -> runToItsEnd(""))
                .cause()
                .isInstanceOfSatisfying(
                        FerryException.class, e -> assertThat(e.remedy()).contains("source.lancedb.key"))
                .hasMessageContaining("table docs has no column `id`");
        try (Running running = observed.run(", key: note_id")) {
            observed.awaitSize("docs", 1);
            application.run("db.open_table('docs').add([{'note_id': None, 'vector': [1.0, 2.0]}])");
            assertThatThrownBy(() -> running.run().join())
                    .cause()
                    .hasMessageContaining("a row of table docs has no value in the column `note_id`");
        } catch (CompletionException e) {
            assertThat(e).hasMessageContaining("no value"); // the stage's own end
        }
    }

    private void runToItsEnd(String more) {
        Running running = observed.run(more);
        running.run().join();
    }

    @Test
    void thePlanShowsTheColumnsAndTheDoctorTheKeysAndTheMemory() {
        application.run("db.create_table('docs', rows(0, 10))");
        SourcePlan plan = observed.source("").plan();
        assertThat(plan.collections()).singleElement().satisfies(table -> {
            assertThat(table.collection()).isEqualTo("docs");
            assertThat(table.rows()).isEqualTo(10);
            assertThat(table.bytes()).isPositive();
            assertThat(table.fields()).containsExactly("name", "number");
        });
        assertThat(observed.source("").doctor())
                .extracting(Finding::message)
                .anyMatch(message -> message.contains("docs: 10 rows at version 1, key `id`"))
                .anyMatch(message -> message.contains("each row has a key of its own"))
                .anyMatch(message -> message.contains("the producer remembers 10 rows"));
    }

    private Row row(String table, String id) {
        return Objects.requireNonNull(observed.live(table).get(id), id);
    }

    private Value value(String table, String id, String field) {
        Row row = observed.live(table).get(id);
        return row == null ? Value.NULL : row.field(field).map(Field::value).orElse(Value.NULL);
    }

    private static Field field(String name, FieldType.Name type, Value value) {
        return new Field(name, FieldType.of(type), value);
    }
}
