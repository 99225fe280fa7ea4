package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.OutstandingMarks;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.snapshot.BlockRanges;
import io.vectorferry.producer.postgres.snapshot.ChunkReader;
import io.vectorferry.producer.postgres.table.RowDecoder;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.spi.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real PostgreSQL on one side, what stands on the changes topic on the other. */
@Timeout(90)
public class PostgresSourceTest {
    private static final String BIG = "repeat(md5('a'), 200)";

    private SourceBench bench;

    @BeforeEach
    public void start() {
        bench = new SourceBench();
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @Test
    void theSnapshotAndTheLogGiveTheSameValueForEveryType() {
        bench.sql("CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN percent AS int CHECK (VALUE <= 100)", """
                CREATE TABLE t (id int PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, r4 float4, r8 float8, n numeric, n2 numeric(10,3),
                  s text, v varchar(20), c char(5), by bytea, d date, ti time, ts timestamp, tz timestamptz, ts3 timestamp(3), u uuid, j json, jb jsonb,
                  m mood, ip inet, p percent, ai int[], at text[], ar float4[], an numeric[], atz timestamptz[], h halfvec(3), bi bit(5), sp sparsevec(100000),
                  ra int4range, embedding vector(3))""");
        String row = """
                INSERT INTO t SELECT %d, true, -2, 4, 9007199254740993, 1.1, 1e-7, 1234567890123456789.000100, 1.5, 'é"\\ x', 'v', 'c', '\\x0001ff',
                  '2026-11-21', '01:02:03.000004', '1969-12-31 23:59:59.999999', '2026-11-21 01:02:03.000004+02', '2026-01-01 00:00:00.123',
                  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a": 1}', '{"b":  [1, null]}', 'ok', '10.0.0.1', 7, '{1,NULL,3}', '{a,"b,c",NULL,"\\""}',
                  '{1.5,NaN}', '{0.10,NaN}', '{2026-11-21 01:02:03+00}', '[1,2,65504]', '10101', '{1:1.5,99999:-2}/100000', '[1,5)', '[0.1,-2,3e-20]'""";
        bench.sql(row.formatted(1), "INSERT INTO t (id) VALUES (2)");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitKeys("public.t", 2);
            bench.sql(row.formatted(3), "INSERT INTO t (id) VALUES (4)");
            bench.awaitKeys("public.t", 4);
            running.assertAlive();
        }
        Row copied = bench.row(SourceBench.key("public.t", 1));
        Row captured = bench.row(SourceBench.key("public.t", 3));
        for (Field field : copied.fields()) {
            assertThat(captured.field(field.name())).as(field.name()).contains(field);
        }
        assertThat(captured).isEqualTo(copied);
        assertThat(bench.row(SourceBench.key("public.t", 4))).isEqualTo(bench.row(SourceBench.key("public.t", 2)));
        assertThat(copied.field("i8").orElseThrow().value()).isEqualTo(new Value.Whole(9007199254740993L));
        assertThat(copied.field("n").orElseThrow().value()).isEqualTo(new Value.Text("1234567890123456789.000100"));
        assertThat(copied.vector().orElseThrow().value()).contains(Vector.ofFloats(0.1f, -2, 3e-20f));
    }

    @Test
    void updatesThatLeaveToastedValuesAloneArriveWithThem() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, body text, n int, embedding vector(1000))",
                "INSERT INTO t SELECT i, %s || i, 0, array_fill(i, '{1000}')::real[]::vector FROM generate_series(1, 20) i"
                        .formatted(BIG));
        Set<SourceKey> expected = SourceBench.keys(
                LongStream.concat(LongStream.rangeClosed(6, 20), LongStream.of(50, 101, 102, 103, 104, 105)));
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitKeys("public.t", 20);
            bench.sql(
                    "UPDATE t SET n = n + 1",
                    "UPDATE t SET id = id + 100 WHERE id <= 5",
                    "BEGIN; INSERT INTO t SELECT 50, 'short', 0, array_fill(7, '{1000}')::real[]::vector; UPDATE t SET n = 1 WHERE id = 50; COMMIT");
            // Keys stand in several partitions: only the whole state says that all of them have arrived.
            bench.changes.await(
                    "every row as updated",
                    seen -> bench.changes.state().keySet().equals(expected)
                            && bench.changes.state().values().stream()
                                    .allMatch(upsert -> upsert.row().field("n").stream()
                                            .anyMatch(n -> n.value().equals(new Value.Whole(1)))));
            running.assertAlive();
        }
        Map<SourceKey, Change.Upsert> state = bench.changes.state();
        assertThat(state.keySet()).isEqualTo(expected);
        state.forEach((key, upsert) -> {
            assertThat(upsert.row().vector().orElseThrow().value())
                    .as("%s", key)
                    .isPresent();
            assertThat(upsert.row().field("n").orElseThrow().value()).isEqualTo(new Value.Whole(1));
        });
    }

    @Test
    void aBarrierHoldsAsLongAsNothingIsCommittedAndNotIfATransactionWasUnderWayBesideIt() throws SQLException {
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))");
        Source source = bench.source("{name: public.t, vector: embedding}");
        try (SourceBench.Running running = bench.start(source, false);
                BarrierIssuer barriers = source.barriers(bench.changes.kafka, bench.changes.topics);
                Connection application = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement writing = application.createStatement()) {
            bench.awaitSnapshotComplete();
            assertThat(barriers.isQuiet()).as("before the first").isFalse();
            Awaitility.await("nothing is under way")
                    .atMost(SourceBench.PATIENCE)
                    .until(() -> {
                        barriers.issue(new Barrier("b", 1, "", 1, 0));
                        return barriers.isQuiet();
                    });
            writing.execute("BEGIN; SELECT count(*) FROM t; ROLLBACK");
            assertThat(barriers.isQuiet()).as("after a query").isTrue();

            writing.execute("BEGIN; INSERT INTO t VALUES (1, '[1,2]')");
            assertThat(barriers.isQuiet()).as("before the commit").isTrue();
            writing.execute("COMMIT");
            assertThat(barriers.isQuiet()).as("after the commit").isFalse();

            writing.execute("BEGIN; INSERT INTO t VALUES (2, '[1,2]')");
            barriers.issue(new Barrier("b", 1, "", 2, 0));
            assertThat(barriers.isQuiet()).as("beside a transaction").isFalse();
            writing.execute("COMMIT");
            assertThat(barriers.isQuiet()).as("after it").isFalse();

            barriers.issue(new Barrier("b", 1, "", 3, 0));
            writing.execute("CREATE TABLE other ()");
            assertThat(barriers.isQuiet()).as("after another change").isFalse();
            running.assertAlive();
        }
    }

    @Test
    void truncateAndBarriersStandInCommitOrderInEveryPartition() {
        bench.sql("CREATE TABLE t (id text PRIMARY KEY, embedding vector(2))", "INSERT INTO t VALUES ('a', '[1,2]')");
        Source source = bench.source("{name: public.t, vector: embedding}");
        try (SourceBench.Running running = bench.start(source, false);
                BarrierIssuer barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.awaitKeys("public.t", 1);
            bench.sql("TRUNCATE t");
            barriers.issue(new Barrier("b1", 42, "", 7, 5));
            bench.changes.await("two marks of each", seen -> bench.count(Change.BarrierMark.class) == 2);
            assertThat(bench.count(Change.Truncate.class)).isEqualTo(2);
            assertThat(bench.changes.seen.getLast().change()).isInstanceOfSatisfying(Change.BarrierMark.class, mark -> {
                assertThat(mark.barrier().id()).isEqualTo("b1");
                assertThat(mark.barrier().issuedMicros()).isEqualTo(42);
                assertThat(mark.barrier().sequence()).isEqualTo(7);
                assertThat(mark.barrier().acknowledged()).isEqualTo(5);
                assertThat(mark.barrier().sourcePosition()).matches("[0-9A-F]+/[0-9A-F]+");
            });
            running.assertAlive();
        }
    }

    @Test
    void aRestartGoesOnWhereCaptureStoppedAndCopiesNothingAgain() {
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))", "INSERT INTO t VALUES (1, '[1,2]')");
        Source source = bench.source("{name: public.t, vector: embedding}");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.t", 1);
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.sql("INSERT INTO t VALUES (2, '[1,2]')", "DELETE FROM t WHERE id = 1");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.changes.await(
                    "what was written while nobody captured",
                    seen -> bench.changes.state().keySet().equals(Set.of(SourceBench.key("public.t", 2))));
            running.assertAlive();
        }
        long copied = bench.changes.seen.stream()
                .filter(one ->
                        one.change() instanceof Change.Upsert upsert && upsert.origin() == Change.Origin.SNAPSHOT)
                .count();
        assertThat(copied).isEqualTo(1);
    }

    @Test
    void aLostSlotIsToldAndANewGenerationIsTheRemedy() {
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))", "INSERT INTO t VALUES (1, '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql("SELECT pg_drop_replication_slot('vectorferry_articles')");
        assertThatThrownBy(() -> bench.stage(bench.source("{name: public.t, vector: embedding}"), false)
                        .run())
                .isInstanceOfSatisfying(
                        FerryException.class, e -> assertThat(e.remedy()).contains("--new-generation"));

        bench.sql("SELECT pg_create_logical_replication_slot('vectorferry_articles', 'pgoutput')");
        assertThatThrownBy(() -> bench.stage(bench.source("{name: public.t, vector: embedding}"), false)
                        .run())
                .hasMessageContaining("created again");

        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), true)) {
            bench.changes.await("the second generation", seen -> seen.stream()
                    .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String collection, int generation)
                            && generation == 2));
            running.assertAlive();
        }
    }

    @Test
    void arraysThatAreNoVectorsStopNeitherTheSnapshotNorTheLog() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, body text, embedding real[])",
                "INSERT INTO t VALUES (1, 'a', '{1,2}'), (2, 'b', '{}'), (3, 'c', '{1,NULL}'), (4, 'd', '{{1,2},{3,4}}'), (5, 'e', '{3,4}')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitKeys("public.t", 2);
            bench.sql("INSERT INTO t SELECT id + 10, body, embedding FROM t");
            bench.awaitKeys("public.t", 4);
            // Dead letters stand in a topic of their own, which may be behind.
            bench.changes.await(
                    "six dead letters", seen -> bench.changes.deadLetters().size() == 6);
            running.assertAlive();
        }
        assertThat(bench.changes.state().keySet())
                .containsExactlyInAnyOrder(
                        SourceBench.key("public.t", 1),
                        SourceBench.key("public.t", 5),
                        SourceBench.key("public.t", 11),
                        SourceBench.key("public.t", 15));
    }

    /** A chunk that counts as done is not read again: a letter that is only on its way would be lost with the process. */
    @ParameterizedTest
    @ValueSource(strings = {"'unreadable', '{1,NULL}'", "repeat('too large', 4000000), '{1,2}'"})
    void aChunkIsDoneOnlyWhenItsDeadLettersAreAcknowledged(String values) throws Exception {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, body text, embedding real[])",
                "INSERT INTO t VALUES (1, %s)".formatted(values));
        ConfigResource letters = new ConfigResource(
                ConfigResource.Type.TOPIC, bench.changes.topics.deadLetters().name());
        try (Admin admin = bench.changes.kafka.admin()) {
            ConfigEntry none = new ConfigEntry("max.message.bytes", "1");
            admin.incrementalAlterConfigs(Map.of(letters, List.of(new AlterConfigOp(none, AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        PostgresConfig config = bench.config("{name: public.t, vector: embedding}");
        try (ChangePublisher publisher = new ChangePublisher(bench.changes.kafka, bench.changes.topics);
                ReadMarks marks =
                        new ReadMarks(config.connections(), "articles", new OutstandingMarks(List.of()), () -> {});
                Connection connection = config.connections().readOnly()) {
            TableShape shape = new TableShapes(config).read(connection, "public.t");
            ChunkReader reader = new ChunkReader(new RowDecoder(shape), publisher, marks, 1);
            BlockRanges.Chunk all =
                    new BlockRanges.Chunk(0, config.tables().getFirst().name(), 0, Long.MAX_VALUE);
            assertThatThrownBy(() -> reader.read(connection, all))
                    .isInstanceOfSatisfying(
                            FerryException.class, e -> assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE));
        }
    }

    @Test
    void partitionsCompositeKeysAndOddNamesAreOneCollection() {
        bench.sql(
                "CREATE TABLE \"Odd Docs\" (k int, t text, \"a b\" int, embedding vector(2), PRIMARY KEY (t, k)) PARTITION BY RANGE (k)",
                "CREATE TABLE p1 PARTITION OF \"Odd Docs\" FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE p2 PARTITION OF \"Odd Docs\" FOR VALUES FROM (10) TO (20)",
                "INSERT INTO \"Odd Docs\" SELECT i, 'x''y', i, '[1,2]' FROM generate_series(1, 19) i");
        try (SourceBench.Running running =
                bench.start(bench.source("{name: public.Odd Docs, vector: embedding}"), false)) {
            bench.awaitKeys("public.Odd Docs", 19);
            bench.sql("DELETE FROM \"Odd Docs\" WHERE k = 3", "UPDATE \"Odd Docs\" SET \"a b\" = 0 WHERE k = 15");
            SourceKey fifteen = new SourceKey("public.Odd Docs", List.of(new Value.Text("x'y"), new Value.Whole(15)));
            bench.changes.await(
                    "both changes",
                    seen -> bench.changes.state().size() == 18
                            && bench.row(fifteen)
                                    .field("a b")
                                    .orElseThrow()
                                    .value()
                                    .equals(new Value.Whole(0)));
            running.assertAlive();
        }
    }

    @RepeatedTest(3) // the alteration meets the first snapshot's end at different moments
    void aColumnThatComesWithADefaultReachesOldRowsToo() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))",
                "INSERT INTO t VALUES (1, '[1,2]'), (2, '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER TABLE t ADD COLUMN lang text DEFAULT 'en'", "INSERT INTO t VALUES (3, '[1,2]', 'fr')");
            bench.changes.await(
                    "the column in an old row",
                    seen -> bench.row(SourceBench.key("public.t", 1))
                                    .field("lang")
                                    .isPresent()
                            && bench.changes.state().containsKey(SourceBench.key("public.t", 3)));
            bench.sql("ALTER TABLE t DROP COLUMN lang", "INSERT INTO t VALUES (4, '[1,2]')");
            bench.changes.await(
                    "a row without it", seen -> bench.changes.state().containsKey(SourceBench.key("public.t", 4)));
            assertThat(bench.row(SourceBench.key("public.t", 4)).fields()).isEmpty();
            running.assertAlive();
        }
    }
}
