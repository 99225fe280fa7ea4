package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.OutstandingMarks;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.slot.TableVersion;
import io.vectorferry.producer.postgres.snapshot.LiveTables;
import io.vectorferry.producer.postgres.snapshot.SnapshotRunner;
import io.vectorferry.producer.postgres.snapshot.TableGenerations;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.publish.ChangePublisher;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Alterations of which the log holds no row: what they did to old rows arrives by a new generation. */
@Timeout(300)
public class RewrittenTablesTest {
    private static final String TABLE = "{name: public.t, vector: embedding}";

    private SourceBench bench;

    @BeforeEach
    public void start() {
        bench = new SourceBench();
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, n int, embedding vector(2))",
                "INSERT INTO t SELECT i, i, '[1,2]' FROM generate_series(1, 3) i");
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE t ADD COLUMN altered text DEFAULT 'x' || (random() * 0)::int",
                "ALTER TABLE t ADD COLUMN altered text GENERATED ALWAYS AS ('x' || n * 0) STORED",
            })
    void aColumnThatOldRowsGetWithoutAChangeReachesThem(String alteration) {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(alteration);
            awaitOldRows("altered", new Value.Text("x0"));
            running.assertAlive();
        }
    }

    @Test
    void aTypeThatIsAlteredByAnExpressionReachesOldRowsThoughNothingElseIsWritten() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER TABLE t ALTER COLUMN n TYPE int USING 7");
            awaitOldRows("n", new Value.Whole(7));
            running.assertAlive();
        }
    }

    @Test
    void aDefaultOfAPartitionedTableReachesOldRows() {
        bench.sql(
                "CREATE TABLE p (id int PRIMARY KEY, embedding vector(2)) PARTITION BY RANGE (id)",
                "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "INSERT INTO p VALUES (1, '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.p, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER TABLE p ADD COLUMN altered text DEFAULT 'x0'");
            bench.changes.await("the default in the old row", seen -> bench.row(SourceBench.key("public.p", 1))
                    .field("altered")
                    .map(field -> field.value())
                    .equals(Optional.of(new Value.Text("x0"))));
            running.assertAlive();
        }
    }

    /** As after a first start that was killed before it had read anything. */
    @Test
    void whatTheSlotHoldsFromBeforeARewriteNeverWinsOverTheFirstRead() {
        bench.sql("CREATE PUBLICATION vectorferry_articles FOR TABLE t WITH (publish_via_partition_root = true)");
        bench.makeSlotOfKilledStart();
        bench.sql("UPDATE t SET n = n + 100", "ALTER TABLE t ALTER COLUMN n TYPE int USING 7");
        Source source = bench.source(TABLE);
        try (SourceBench.Running running = bench.start(source, false);
                var barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.awaitSnapshotComplete();
            bench.awaitBarrier(barriers);
            awaitOldRows("n", new Value.Whole(7));
            running.assertAlive();
        }
    }

    @Test
    void aRewriteWhileNobodyCapturedIsNoticedAtTheNextStart() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.sql("ALTER TABLE t ALTER COLUMN n TYPE bigint USING n * 10 + 1");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.changes.await("the rows as rewritten", seen -> LongStream.rangeClosed(1, 3)
                    .allMatch(id -> field(id, "n").equals(List.of(new Value.Whole(id * 10 + 1)))));
            running.assertAlive();
        }
    }

    @Test
    void aTableThatIsOnlyStoredAnewIsNotReadAgain() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("VACUUM FULL t");
            awaitSeen("public.t", "t");
            bench.sql("ALTER TABLE t ALTER COLUMN n TYPE int USING 7");
            awaitOldRows("n", new Value.Whole(7));
            bench.changes.await(
                    "the end of a later snapshot", seen -> generations().size() > 1);
            running.assertAlive();
        }
        assertThat(generations()).containsExactly(1, 2);
    }

    @Test
    void columnsThatAreDroppedMadeAgainOrRenamedAfterTheyWereAddedLeaveNothingOldBehind() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER TABLE t ADD COLUMN added text", "UPDATE t SET added = 'x0'");
            awaitOldRows("added", new Value.Text("x0"));
            bench.sql("ALTER TABLE t RENAME COLUMN added TO renamed");
            awaitGeneration(2);
            awaitOldRows("renamed", new Value.Text("x0"));

            bench.sql("ALTER TABLE t DROP COLUMN embedding", "ALTER TABLE t ADD COLUMN embedding vector(2)");
            awaitGeneration(3);
            awaitVectors(new VectorColumn("embedding", VectorElement.FLOAT32, 2, null));

            bench.sql("ALTER TABLE t DROP COLUMN embedding");
            bench.sql("UPDATE t SET n = 0"); // while there is none
            bench.sql("ALTER TABLE t ADD COLUMN embedding vector(3)");
            awaitGeneration(4);
            bench.sql("UPDATE t SET embedding = '[1,2,3]'");
            awaitVectors(new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(1, 2, 3)));

            bench.sql("ALTER TABLE t DROP COLUMN renamed");
            awaitGeneration(5);
            bench.changes.await("rows without the column", seen -> LongStream.rangeClosed(1, 3)
                    .allMatch(id -> field(id, "renamed").isEmpty()));
            running.assertAlive();
        }
    }

    @Test
    void aColumnThatWasAddedFilledAndRenamedWhileNobodyCapturedReachesTheRows() {
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.sql(
                "ALTER TABLE t ADD COLUMN added text",
                "UPDATE t SET added = 'x0'",
                "ALTER TABLE t RENAME COLUMN added TO renamed");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            awaitOldRows("renamed", new Value.Text("x0"));
            running.assertAlive();
        }
    }

    @Test
    void partitionsAreReadAgainWhenRowsCameOrWentWithThemAndOnlyThen() {
        bench.sql(
                "CREATE TABLE p (id int PRIMARY KEY, embedding vector(2)) PARTITION BY RANGE (id)",
                "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                "INSERT INTO p VALUES (1, '[1,2]'), (11, '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.p, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            bench.sql(
                    "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (20) TO (30)",
                    "CREATE TABLE p3 (LIKE p INCLUDING ALL)",
                    "ALTER TABLE p ATTACH PARTITION p3 FOR VALUES FROM (30) TO (40)");
            awaitSeen("public.p", "p3");
            bench.sql("INSERT INTO p VALUES (21, '[1,2]'), (31, '[1,2]')");
            awaitIds(1, 1, 11, 21, 31);
            bench.sql("DROP TABLE p2");
            awaitGeneration(2);
            awaitIds(2, 1, 11, 31);
            bench.sql(
                    "CREATE TABLE p4 (LIKE p INCLUDING ALL)",
                    "INSERT INTO p4 VALUES (41, '[1,2]')",
                    "ALTER TABLE p ATTACH PARTITION p4 FOR VALUES FROM (40) TO (50)");
            awaitGeneration(3);
            awaitIds(3, 1, 11, 31, 41);
            bench.sql("TRUNCATE p0");
            awaitGeneration(4);
            awaitIds(4, 11, 31, 41);
            bench.sql("VACUUM FULL p1");
            awaitSeen("public.p", "p1");
            bench.sql("TRUNCATE p", "INSERT INTO p VALUES (12, '[1,2]')");
            awaitSeen("public.p", "p1");
            bench.sql("ALTER TABLE p DETACH PARTITION p4");
            awaitGeneration(5);
            awaitIds(5, 12);
            running.assertAlive();
        }
        assertThat(generations()).containsExactly(1, 2, 3, 4, 5);
    }

    /** The statement holds up the application's next TRUNCATE of the partition. */
    @Test
    void aPartitionThatWasFilledAnewIsLookedIntoOnceAndInPart() throws SQLException {
        bench.sql(
                "CREATE TABLE p (id int PRIMARY KEY, embedding vector(2)) PARTITION BY RANGE (id)",
                "CREATE TABLE p0 PARTITION OF p FOR VALUES FROM (0) TO (100000) WITH (fillfactor = 10)",
                "INSERT INTO p VALUES (1, '[1,2]')");
        String table = "{name: public.p, vector: embedding}";
        try (SourceBench.Running running = bench.start(bench.source(table), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        PostgresConfig config = bench.config(table);
        Connections connections = config.connections();
        try (ControlPublisher control = new ControlPublisher(bench.changes.kafka, bench.changes.topics.control());
                ControlView view = new ControlView(bench.changes.kafka, bench.changes.topics.control());
                ChangePublisher publisher = new ChangePublisher(bench.changes.kafka, bench.changes.topics);
                ReadMarks marks = new ReadMarks(connections, "articles", new OutstandingMarks(List.of()), () -> {});
                Connection connection = connections.provisioning();
                Statement statement = connection.createStatement()) {
            view.refresh();
            TableShapes catalog = new TableShapes(config);
            TableGenerations generations =
                    new TableGenerations(control, view, Map.of("public.p", TableVersion.none()), 0);
            LiveTables tables = new LiveTables(config, connections, catalog, generations, catalog.readAll(connection));
            SchemaWatch watch = new SchemaWatch(
                    config,
                    connections,
                    catalog,
                    tables,
                    generations,
                    new SnapshotRunner(
                            connections,
                            tables,
                            generations,
                            config.snapshot(),
                            publisher,
                            marks,
                            new StageLife("the test")),
                    new CaptureState(control, config.slot(), CaptureProgress.getDefaultInstance()));
            bench.sql("TRUNCATE p0", "INSERT INTO p SELECT i, '[1,2]' FROM generate_series(1, 60000) i");
            watch.check(connection);
            assertThat(generations.isOutdated("public.p")).isTrue();
            long first = rowsRead(statement);
            assertThat(first).isBetween(1L, 40_000L);
            watch.check(connection);
            watch.check(connection);
            assertThat(rowsRead(statement)).isEqualTo(first);
        }
    }

    private static long rowsRead(Statement statement) throws SQLException {
        statement.execute("SELECT pg_stat_force_next_flush()");
        try (ResultSet row =
                statement.executeQuery("SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'p0'")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void tablesThatInheritAreRefusedAtTheStartAndReportedWhenTheyCome() {
        bench.sql("CREATE TABLE child () INHERITS (t)");
        var source = bench.source(TABLE);
        assertThat(source.doctor())
                .filteredOn(finding -> finding.check().equals("inheritance"))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.level()).isEqualTo(Finding.Level.ERROR);
                    assertThat(finding.message()).contains("public.t", "public.child");
                    assertThat(finding.remedy())
                            .contains("ALTER TABLE \"public\".\"child\" NO INHERIT \"public\".\"t\";");
                });
        assertThatThrownBy(() -> bench.stage(source, false).run()).hasMessageContaining("inherit");
        assertThatThrownBy(() -> source.reader().scan("public.t", row -> {})).hasMessageContaining("inherit");

        bench.sql("DROP TABLE child");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitSnapshotComplete();
            bench.sql("CREATE TABLE child () INHERITS (t)", "INSERT INTO child VALUES (4, 4, '[1,2]')");
            bench.awaitCaptureError("inherit");
            bench.sql("DROP TABLE child", "INSERT INTO t VALUES (5, 5, '[1,2]')");
            bench.awaitCaptureError();
            bench.awaitKeys("public.t", 4);
            running.assertAlive();
        }
    }

    @Test
    void aGeneratedColumnKeepsItsValueInUpdatesThatTheLogHoldsWithoutIt() {
        bench.sql("ALTER TABLE t ADD COLUMN twice int GENERATED ALWAYS AS (n * 2) STORED");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitKeys("public.t", 3);
            bench.sql("UPDATE t SET n = 50 WHERE id = 1", "INSERT INTO t (id, n, embedding) VALUES (4, 4, '[1,2]')");
            bench.changes.await(
                    "both with what is generated",
                    seen -> bench.changes.state().containsKey(SourceBench.key("public.t", 4))
                            && field(1, "n").equals(List.of(new Value.Whole(50))));
            assertThat(field(1, "twice")).containsExactly(new Value.Whole(100));
            assertThat(field(4, "twice")).containsExactly(new Value.Whole(8));
            running.assertAlive();
        }
    }

    private void awaitOldRows(String field, Value expected) {
        bench.changes.await(field + " in every old row", seen -> LongStream.rangeClosed(1, 3)
                .allMatch(id -> field(id, field).equals(List.of(expected))));
    }

    private List<Value> field(long id, String name) {
        Row row = bench.row(SourceBench.key("public.t", id));
        return row.field(name).stream().map(field -> field.value()).toList();
    }

    private void awaitVectors(VectorColumn expected) {
        bench.changes.await("%s in every row".formatted(expected), seen -> LongStream.rangeClosed(1, 3)
                .allMatch(id -> expected.equals(
                        bench.row(SourceBench.key("public.t", id)).vectorColumn())));
    }

    private void awaitGeneration(int generation) {
        bench.changes.await("generation " + generation, seen -> generations().contains(generation));
    }

    /** The recorded version has the leaf's file as it is now. */
    private void awaitSeen(String collection, String leaf) {
        try (ControlView view = new ControlView(bench.changes.kafka, bench.changes.topics.control())) {
            Awaitility.await("the watch has seen " + leaf)
                    .atMost(SourceBench.PATIENCE)
                    .until(() -> {
                        view.refresh();
                        String version = view.get(ControlKey.snapshot(collection))
                                .orElseThrow()
                                .getSnapshotProgress()
                                .getTableVersion();
                        return bench.truth(
                                "SELECT '%s' LIKE '%%' || oid || ':' || relfilenode || ':%%' FROM pg_class WHERE relname = '%s'"
                                        .formatted(version, leaf));
                    });
        }
    }

    private void awaitIds(int generation, long... ids) {
        Set<SourceKey> expected = LongStream.of(ids)
                .mapToObj(id -> SourceBench.key("public.p", id))
                .collect(Collectors.toSet());
        bench.changes.await("ids " + expected, seen -> bench.changes.state().entrySet().stream()
                .filter(row -> row.getValue().position().generation() >= generation)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet())
                .equals(expected));
    }

    private List<Integer> generations() {
        return bench.changes.seen.stream()
                .filter(one -> one.change() instanceof Change.SnapshotComplete)
                .map(one -> ((Change.SnapshotComplete) one.change()).generation())
                .distinct()
                .toList();
    }
}
