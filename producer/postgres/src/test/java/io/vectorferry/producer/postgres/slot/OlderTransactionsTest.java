package io.vectorferry.producer.postgres.slot;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.producer.postgres.SourceBench;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What others have written and not yet committed when a table begins to count is waited for, and who is waited for is said. */
@Timeout(120)
public class OlderTransactionsTest {
    private static final String A = "{name: public.a, vector: embedding}";
    private static final String B = "{name: public.b, vector: embedding}";

    private SourceBench bench;

    @BeforeEach
    public void start() {
        bench = new SourceBench(PostgresServer.forTest(Map.of("max_prepared_transactions", "5")));
        bench.sql("CREATE TABLE a (id int PRIMARY KEY, v text, embedding vector(2))");
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @Test
    void aTableThatIsAddedWhileOthersWriteToItIsReadWhenTheyHaveEnded() throws SQLException {
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.sql(
                "CREATE TABLE b (id int PRIMARY KEY, v text, embedding vector(3))",
                "INSERT INTO b VALUES (10, 'old', '[1,2,3]'), (11, 'old', '[1,2,3]')",
                "BEGIN; INSERT INTO b VALUES (4, 'prepared', '[1,0,0]'); PREPARE TRANSACTION 'half''way'");
        try (Session s = new Session()) {
            s.sql("BEGIN");
            s.sql("INSERT INTO b VALUES (1, 'open', '[1,0,0]')");
            s.sql("UPDATE b SET v = 'new' WHERE id = 10");
            s.sql("DELETE FROM b WHERE id = 11");
            try (SourceBench.Running running = bench.start(bench.source(A + ", " + B), false)) {
                awaitWaiting(
                        ControlKey.snapshot("public.b"),
                        control -> control.getSnapshotProgress().getWaitsFor(),
                        "session %d of postgres".formatted(s.pid),
                        "idle in transaction, since ",
                        "SELECT pg_terminate_backend(%d)".formatted(s.pid),
                        "prepared transaction 'half'way' of postgres, since ",
                        "COMMIT PREPARED 'half''way'");
                bench.sql("COMMIT PREPARED 'half''way'");
                s.sql("INSERT INTO b VALUES (2, 'open', '[0,1,0]')");
                s.sql("COMMIT");
                s.sql("INSERT INTO b VALUES (3, 'after', '[0,0,1]')");
                bench.awaitKeys("public.b", 5);
                bench.changes.await(
                        "the old row's update", seen -> v("public.b", 10).equals(Optional.of(new Value.Text("new"))));
                assertThat(bench.changes.state().keySet())
                        .containsExactlyInAnyOrderElementsOf(LongStream.of(1, 2, 3, 4, 10)
                                .mapToObj(id -> SourceBench.key("public.b", id))
                                .toList());
                running.assertAlive();
            }
        }
    }

    @Test
    void aRereadWaitsForCommitsThatAreDecodedAndNotYetVisible() throws SQLException {
        bench.sql("INSERT INTO a VALUES (1, 'old', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.awaitSnapshotComplete();
            bench.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
            bench.changes.await(
                    "the setting",
                    seen -> bench.truth("SELECT current_setting('synchronous_standby_names') = 'nobody'"));
            // Both commit before the next look at the tables marks the alteration, whose lock they would hold up.
            CompletableFuture<Void> inserting = inBackground(
                    "SET synchronous_commit = local",
                    "ALTER TABLE a ADD COLUMN x text DEFAULT 'x' || random()",
                    "SET synchronous_commit = on",
                    "INSERT INTO a VALUES (2, 'new', '[3,4]')");
            bench.changes.await(
                    "the column",
                    seen -> bench.truth(
                            "SELECT count(*) = 1 FROM pg_attribute WHERE attname = 'x' AND attrelid = 'a'::regclass"));
            CompletableFuture<Void> updating = inBackground("UPDATE a SET v = 'new' WHERE id = 1");
            bench.changes.await(
                    "both as decoded",
                    seen -> v("public.a", 1).equals(Optional.of(new Value.Text("new")))
                            && v("public.a", 2).isPresent());
            awaitWaiting(
                    ControlKey.snapshot("public.a"),
                    control -> control.getSnapshotProgress().getWaitsFor(),
                    "whose commit waits for a synchronous standby",
                    "synchronous_standby_names");
            assertThat(inserting).isNotDone();
            bench.sql(
                    "SET synchronous_commit = local",
                    "ALTER SYSTEM RESET synchronous_standby_names",
                    "SELECT pg_reload_conf()");
            CompletableFuture.allOf(inserting, updating).join();
            bench.changes.await(
                    "both in the second generation", seen -> LongStream.of(1, 2).allMatch(id -> generation(id) == 2));
            assertThat(v("public.a", 1)).contains(new Value.Text("new"));
            running.assertAlive();
        }
    }

    @Test
    void aMarkThatCaptureWritesWaitsForNoSynchronousStandby() {
        bench.sql("INSERT INTO a VALUES (1, 'old', '[1,2]')");
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()");
        bench.changes.await(
                "the setting", seen -> bench.truth("SELECT current_setting('synchronous_standby_names') = 'nobody'"));
        bench.sql(
                "SET synchronous_commit = local",
                "ALTER TABLE a ADD COLUMN added text",
                "UPDATE a SET added = 'x0'",
                "ALTER TABLE a RENAME COLUMN added TO renamed");
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.changes.await("what the log has under neither name", seen -> Optional.ofNullable(
                            bench.changes.state().get(SourceBench.key("public.a", 1)))
                    .flatMap(upsert -> upsert.row().field("renamed"))
                    .map(field -> field.value())
                    .equals(Optional.of(new Value.Text("x0"))));
            running.assertAlive();
        }
    }

    @Test
    void aSlotWhoseMakingTheServerBreaksOffIsMadeByTheNextStart() throws SQLException {
        bench.sql("CREATE TABLE other (id int)");
        try (Session s = new Session()) {
            s.sql("BEGIN");
            s.sql("INSERT INTO other VALUES (1)");
            try (SourceBench.Running running = bench.start(bench.source(A), false)) {
                awaitWaiting(
                        ControlKey.capture(),
                        control -> control.getCaptureProgress().getWaitsFor(),
                        "session %d of postgres".formatted(s.pid));
                bench.sql("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
                FerryException e = running.failure();
                assertThat(e).hasMessageContaining("vectorferry_articles could not be created");
                assertThat(e.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
            }
        }
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
    }

    @Test
    void aFirstStartSaysWhomItWaitsForAndCanBeStopped() throws SQLException {
        bench.sql("CREATE TABLE other (id int)");
        try (Session s = new Session()) {
            s.sql("BEGIN");
            s.sql("INSERT INTO other VALUES (1)");
            assertThat(bench.source(A).doctor()).anySatisfy(finding -> {
                assertThat(finding.check()).isEqualTo("open_transaction");
                assertThat(finding.level()).isEqualTo(Finding.Level.WARNING);
                assertThat(finding.message()).contains("session " + s.pid).contains("since ");
                assertThat(finding.remedy()).contains("pg_terminate_backend(%d)".formatted(s.pid));
            });
            try (SourceBench.Running running = bench.start(bench.source(A), false)) {
                awaitWaiting(
                        ControlKey.capture(),
                        control -> control.getCaptureProgress().getWaitsFor(),
                        "session %d of postgres".formatted(s.pid),
                        "idle in transaction, since ");
                running.assertAlive();
            }
            bench.changes.await("no slot", seen -> bench.truth("SELECT count(*) = 0 FROM pg_replication_slots"));
        }
        assertThat(bench.source(A).doctor())
                .noneMatch(finding -> finding.check().equals("open_transaction"));
    }

    @Test
    void aSlotThatAKilledStartLeavesHalfMadeIsTakenWhenItIsFinished() throws SQLException {
        bench.sql("CREATE TABLE other (id int)", "INSERT INTO a VALUES (1, 'old', '[1,2]')");
        try (Session s = new Session()) {
            s.sql("BEGIN");
            s.sql("INSERT INTO other VALUES (1)");
            s.sql("INSERT INTO a VALUES (2, 'open', '[1,2]')");
            leaveSlotHalfMade();
            try (SourceBench.Running running = bench.start(bench.source(A), false)) {
                awaitWaiting(
                        ControlKey.capture(),
                        control -> control.getCaptureProgress().getWaitsFor(),
                        "session %d of postgres".formatted(s.pid));
                s.sql("COMMIT");
                s.sql("INSERT INTO a VALUES (3, 'after', '[1,2]')");
                bench.awaitKeys("public.a", 3);
                bench.awaitSnapshotComplete();
                running.assertAlive();
            }
        }
        try (SourceBench.Running running = bench.start(bench.source(A), false)) {
            bench.sql("INSERT INTO a VALUES (4, 'later', '[1,2]')");
            bench.awaitKeys("public.a", 4);
            running.assertAlive();
        }
    }

    /** As a start that is killed: its session goes on at the server. */
    private void leaveSlotHalfMade() throws SQLException {
        bench.recordSlotOfKilledStart();
        Properties properties = new Properties();
        properties.setProperty("replication", "database");
        properties.setProperty("preferQueryMode", "simple");
        properties.setProperty("assumeMinServerVersion", "13");
        Connection killed = DriverManager.getConnection(bench.server.jdbcUrl("postgres"), properties);
        CompletableFuture<Void> creating = SourceBench.inBackground(() -> {
            try (Statement statement = killed.createStatement()) {
                statement.execute("CREATE_REPLICATION_SLOT vectorferry_articles LOGICAL pgoutput");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        });
        bench.changes.await(
                "the slot as it is made",
                seen -> bench.truth(
                        "SELECT bool_or(active AND confirmed_flush_lsn IS NULL) FROM pg_replication_slots"));
        killed.abort(Runnable::run);
        assertThat(creating.handle((done, failure) -> Optional.ofNullable(failure))
                        .join())
                .isPresent();
    }

    private void awaitWaiting(ControlKey key, Function<Control, String> text, String... parts) {
        try (ControlView view = new ControlView(bench.changes.kafka, bench.changes.topics.control())) {
            bench.changes.await("a word of " + List.of(parts), seen -> {
                view.refresh();
                return view.get(key)
                        .map(text)
                        .filter(said -> List.of(parts).stream().allMatch(said::contains))
                        .isPresent();
            });
        }
    }

    private Optional<Value> v(String collection, long id) {
        return Optional.ofNullable(bench.changes.state().get(SourceBench.key(collection, id)))
                .flatMap(upsert -> upsert.row().field("v"))
                .map(field -> field.value());
    }

    private int generation(long id) {
        return Optional.ofNullable(bench.changes.state().get(SourceBench.key("public.a", id)))
                .map(upsert -> upsert.position().generation())
                .orElse(0);
    }

    private CompletableFuture<Void> inBackground(String... statements) {
        return SourceBench.inBackground(() -> bench.sql(statements));
    }

    /** A session that stays open. */
    private final class Session implements AutoCloseable {
        private final Connection connection;
        private final int pid;

        Session() throws SQLException {
            connection = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
                row.next();
                pid = row.getInt(1);
            }
        }

        void sql(String text) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(text);
            }
        }

        @Override
        public void close() throws SQLException {
            connection.close();
        }
    }
}
