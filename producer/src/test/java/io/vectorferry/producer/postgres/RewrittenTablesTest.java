package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Alterations of which the log holds no row: what they did to old rows arrives by a new generation. */
@Timeout(120)
class RewrittenTablesTest {
    private static final String TABLE = "{name: public.t, vector: embedding}";

    @TempDir
    Path directory;

    private SourceBench bench;

    @BeforeEach
    void start() {
        bench = new SourceBench(directory);
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, n int, embedding vector(2))",
                "INSERT INTO t SELECT i, i, '[1,2]' FROM generate_series(1, 3) i");
    }

    @AfterEach
    void stop() {
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
            // the second alteration is one that is noticed, and comes after the first
            bench.sql("ALTER TABLE t ALTER COLUMN n TYPE int USING 7");
            awaitOldRows("n", new Value.Whole(7));
            bench.changes.await(
                    "the end of a later snapshot", seen -> generations().size() > 1);
            running.assertAlive();
        }
        assertThat(generations()).containsExactly(1, 2);
    }

    @Test
    void aPartitionThatIsTakenAwayTakesItsRowsAlong() {
        bench.sql(
                "CREATE TABLE p (id int PRIMARY KEY, embedding vector(2)) PARTITION BY RANGE (id)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)",
                "INSERT INTO p VALUES (1, '[1,2]'), (11, '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.p, vector: embedding}"), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("DROP TABLE p1");
            bench.changes.await("a generation without its rows", seen -> seen.stream()
                    .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String table, int generation)
                            && generation == 2));
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

    private List<Integer> generations() {
        return bench.changes.seen.stream()
                .filter(one -> one.change() instanceof Change.SnapshotComplete)
                .map(one -> ((Change.SnapshotComplete) one.change()).generation())
                .distinct()
                .toList();
    }
}
