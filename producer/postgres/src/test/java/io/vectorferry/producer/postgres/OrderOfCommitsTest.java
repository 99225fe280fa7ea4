package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.contracttests.ChangesTopic;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The change that commits last wins, whatever order the log holds the rows in, and after whatever restart. */
@Timeout(120)
public class OrderOfCommitsTest {
    private static final String TABLE = "{name: public.t, vector: embedding}";

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
    void anInsertThatWaitedForADeletionIsTheNewerOne() throws SQLException {
        bench.sql(
                "create function slow(i int) returns int immutable language plpgsql as $$ begin if current_setting('my.slow', true) = '1' then perform pg_advisory_xact_lock(7); end if; return i; end $$",
                "create table ord(id int not null, v text, embedding vector(2))",
                "create index on ord(slow(id))",
                "alter table ord add primary key(id)",
                "insert into ord values (1, 'old', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source("{name: public.ord, vector: embedding}"), false);
                Connection holding = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement lock = holding.createStatement()) {
            bench.awaitSnapshotComplete();
            lock.execute("SELECT pg_advisory_lock(7)");
            CompletableFuture<Void> inserting = SourceBench.inBackground(
                    () -> bench.sql("set my.slow = '1'", "insert into ord values (1, 'new', '[3,4]')"));
            Awaitility.await("the insert's index entry")
                    .atMost(SourceBench.PATIENCE)
                    .until(() -> bench.truth(
                            "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"));
            bench.sql("delete from ord where id = 1");
            lock.execute("SELECT pg_advisory_unlock(7)");
            inserting.join();
            bench.sql("insert into ord values (2, 'last', '[5,6]')");
            bench.changes.await(
                    "what was written last",
                    seen -> bench.changes.state().containsKey(SourceBench.key("public.ord", 2)));
            // Keys stand in several partitions.
            bench.changes.await("the new row", seen -> text("public.ord", 1).equals(List.of(new Value.Text("new"))));
            running.assertAlive();
        }
    }

    @Test
    void changesOfOneKeyInOneTransactionKeepTheirOrder() {
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, v text, embedding vector(2))");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("""
                    BEGIN;
                    INSERT INTO t VALUES (1, 'a', '[1,2]');
                    UPDATE t SET id = 2 WHERE id = 1;
                    SAVEPOINT s;
                    UPDATE t SET id = 1, v = 'b' WHERE id = 2;
                    DELETE FROM t WHERE id = 1;
                    INSERT INTO t VALUES (1, 'c', '[1,2]');
                    UPDATE t SET v = 'd' WHERE id = 1;
                    RELEASE s;
                    COMMIT""", "INSERT INTO t VALUES (3, 'e', '[1,2]')");
            bench.changes.await(
                    "both transactions",
                    seen -> bench.changes.state().keySet().equals(SourceBench.keys(LongStream.of(1, 3))));
            assertThat(text("public.t", 1)).containsExactly(new Value.Text("d"));
            running.assertAlive();
        }
        List<Long> places = bench.changes.seen.stream()
                .filter(one -> one.key() != null)
                .map(one -> ChangesTopic.position(one.change()).place())
                .distinct()
                .toList();
        assertThat(places).as("one for each transaction").hasSize(2);
    }

    @Test
    void aTransactionThatAStopCutsInTwoEndsAsItWasCommitted() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, v text, embedding vector(2))",
                "INSERT INTO t SELECT i, 'old', '[1,2]' FROM generate_series(1, 5) i");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.sql(
                "DO $$ BEGIN FOR i IN 1..2000 LOOP UPDATE t SET v = i::text WHERE id <= 5; IF i = 1 THEN INSERT INTO t SELECT g, 'x', '[1,2]' FROM generate_series(6, 50000) g; END IF; END LOOP; END $$");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.changes.await(
                    "the first part of it", seen -> !text("public.t", 1).equals(List.of(new Value.Text("old"))));
            running.assertAlive();
        }
        bench.changes.awaitEnd();
        assertThat(text("public.t", 1)).as("the stop cut it").doesNotContain(new Value.Text("2000"));
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.changes.await("the last value of each", seen -> LongStream.rangeClosed(1, 5)
                    .allMatch(id -> text("public.t", id).equals(List.of(new Value.Text("2000")))));
            running.assertAlive();
        }
    }

    @Test
    void aServerThatForgetsWhatWasConfirmedReplaysNothingIntoANewGeneration() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, v text, embedding vector(2))",
                "INSERT INTO t VALUES (1, 'a', '[1,2]')");
        String before;
        try (SourceBench.Running crashed = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("CHECKPOINT");
            bench.server.keepSlots();
            before = bench.text("SELECT pg_current_wal_lsn()");
            bench.sql("UPDATE t SET v = 'b'", "ALTER TABLE t ADD COLUMN added text DEFAULT 'x' || random()");
            bench.changes.await("the old row as altered", seen -> bench.changes.state().values().stream()
                    .anyMatch(row -> row.row().field("added").isPresent()));
            bench.changes.await("the second snapshot's end", seen -> completed(2));
            bench.server.kill();
            assertThat(crashed.failure()).as("capture ends with the server").isNotNull();
        }
        bench.server.putBackSlots(); // as if none had been written since the checkpoint
        bench.server.startAgain();
        assertThat(bench.truth("SELECT confirmed_flush_lsn <= '%s' FROM pg_replication_slots".formatted(before)))
                .as("the update is before the slot again")
                .isTrue();
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.sql("INSERT INTO t VALUES (2, 'c', '[1,2]', 'y')");
            bench.changes.await(
                    "what was written after the crash",
                    seen -> bench.changes.state().containsKey(SourceBench.key("public.t", 2)));
            assertThat(bench.row(SourceBench.key("public.t", 1)).field("added")).isPresent();
            running.assertAlive();
        }
    }

    @Test
    void whatVersion01HasCapturedIsReadAgainOnce() {
        bench.sql(
                "CREATE TABLE t (id int PRIMARY KEY, v text, embedding vector(2))",
                "INSERT INTO t VALUES (1, 'a', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        CaptureProgress recorded = captured();
        assertThat(recorded.getOrder()).isEqualTo("commit");
        try (ControlPublisher control = new ControlPublisher(bench.changes.kafka, bench.changes.topics.control())) {
            control.publish(
                    ControlKey.capture(),
                    Control.newBuilder()
                            .setCaptureProgress(recorded.toBuilder().clearOrder())
                            .build());
        }
        bench.sql("UPDATE t SET v = 'b'", "INSERT INTO t VALUES (2, 'b', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.changes.await("the second snapshot's end", seen -> completed(2));
            bench.sql("UPDATE t SET v = 'c' WHERE id = 2");
            bench.changes.await("a change in it", seen -> text("public.t", 2).equals(List.of(new Value.Text("c"))));
            assertThat(bench.changes.state().values())
                    .allSatisfy(
                            upsert -> assertThat(upsert.position().generation()).isEqualTo(2));
            assertThat(text("public.t", 1)).containsExactly(new Value.Text("b"));
            running.assertAlive();
        }
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.sql("INSERT INTO t VALUES (3, 'd', '[1,2]')");
            bench.changes.await(
                    "a change after it", seen -> bench.changes.state().containsKey(SourceBench.key("public.t", 3)));
            assertThat(completed(3)).isFalse();
            running.assertAlive();
        }
    }

    private CaptureProgress captured() {
        try (ControlView view = new ControlView(bench.changes.kafka, bench.changes.topics.control())) {
            view.refresh();
            return view.get(ControlKey.capture()).orElseThrow().getCaptureProgress();
        }
    }

    private boolean completed(int generation) {
        return bench.changes.seen.stream()
                .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String table, int number)
                        && number == generation);
    }

    private List<Value> text(String collection, long id) {
        return Optional.ofNullable(bench.changes.state().get(SourceBench.key(collection, id))).stream()
                .flatMap(upsert -> upsert.row().field("v").stream())
                .map(field -> field.value())
                .toList();
    }
}
