package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.CaptureProgress;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.producer.postgres.slot.ServerIdentity;
import io.vectorferry.producer.spi.Source;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.replication.LogSequenceNumber;

/** A server that lacks what was captured is not gone on with, since its changes would look older than the target's rows. */
@Timeout(120)
public class RestoredServerTest {
    private static final String TABLE = "{name: public.t, vector: embedding}";

    private SourceBench bench;
    private Source source;

    @BeforeEach
    public void start() {
        bench = new SourceBench();
        source = bench.source(TABLE);
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))", "INSERT INTO t VALUES (1, '[1,2]')");
    }

    @AfterEach
    public void stop() {
        bench.close();
    }

    @Test
    void aServerThatWasPutBackToAnEarlierStateStopsThePipelineUntilANewGeneration() {
        captureOne();
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.sql("INSERT INTO t SELECT i, '[1,2]' FROM generate_series(2, 500) i");
            bench.awaitKeys("public.t", 500);

            // while it runs: it fails with the connection, and is started again by its supervisor
            bench.server.stop();
            assertThat(running.failure().kind()).isEqualTo(FerryException.Kind.RETRYABLE);
        }
        bench.server.putBackCopy();
        bench.server.startAgain();
        assertRefused("restored to an earlier state");

        // what is written now has places in the log that the target has seen already
        bench.sql("UPDATE t SET embedding = '[7,7]' WHERE id = 1");
        assertRefused("restored to an earlier state");
        try (SourceBench.Running again = bench.start(source, true)) {
            bench.changes.await("a generation with one row", seen -> seen.stream()
                    .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String table, int generation)
                            && generation == 2));
            bench.sql("INSERT INTO t VALUES (1000, '[1,2]')");
            bench.changes.await(
                    "what is written now",
                    seen -> bench.changes.state().containsKey(SourceBench.key("public.t", 1000)));
            again.assertAlive();
        }
    }

    @Test
    void aRestoredServerWhoseLogHasCaughtUpAgainIsRecognisedByWhatIsMissingInIt() {
        captureOne();
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        try (SourceBench.Running running = bench.start(source, false);
                var barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.sql("INSERT INTO t SELECT i, '[1,2]' FROM generate_series(2, 50) i");
            bench.awaitKeys("public.t", 50);
            bench.awaitBarrier(barriers);
            running.assertAlive();
        }
        bench.server.stop();
        bench.server.putBackCopy();
        bench.server.startAgain();
        bench.sql("INSERT INTO t SELECT i, '[3,4]' FROM generate_series(2, 5000) i");
        assertRefused("restored to an earlier state");
    }

    /** As when ferry was killed before capture had reached the mark: a first start beside a slot that stands. */
    @Test
    void aRestoredServerThatLacksTheMarkOfAGenerationIsRecognisedWhenItsLogHasPassedIt() {
        bench.sql("CREATE PUBLICATION vectorferry_articles FOR TABLE t WITH (publish_via_partition_root = true)");
        bench.makeSlotOfKilledStart();
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        captureOne();
        Control begun = bench.control(ControlKey.snapshot("public.t"));
        assertThat(begun.getSnapshotProgress().getGeneration()).isEqualTo(2);
        bench.server.stop();
        bench.server.putBackCopy();
        bench.server.startAgain();
        try (ControlPublisher control = new ControlPublisher(bench.changes.kafka, bench.changes.topics.control())) {
            CaptureProgress captured = bench.control(ControlKey.capture()).getCaptureProgress();
            control.publish(
                    ControlKey.capture(),
                    Control.newBuilder()
                            .setCaptureProgress(captured.toBuilder()
                                    .setPlace(LogSequenceNumber.valueOf(
                                                    bench.text("SELECT confirmed_flush_lsn FROM pg_replication_slots"))
                                            .asLong())
                                    .setBarrier("")
                                    .setBarrierPlace(0))
                            .build());
        }
        bench.sql("INSERT INTO t SELECT i, '[3,4]' FROM generate_series(2, 5000) i");
        bench.sql("INSERT INTO t VALUES (10000, '[3,4]')");
        assertRefused("does not contain the mark at which generation 2 of public.t begins");
        try (SourceBench.Running running = bench.start(source, true)) {
            bench.awaitKeys("public.t", 5001);
            running.assertAlive();
        }
    }

    /** What the copy takes back was read by the snapshot, while capture was before it. */
    @Test
    void aRestoredServerThatLacksWhatTheSnapshotHasReadIsRecognisedWhenItsLogHasPassedIt() throws Exception {
        bench.sql("CREATE PUBLICATION vectorferry_articles FOR TABLE t WITH (publish_via_partition_root = true)");
        bench.makeSlotOfKilledStart();
        try (Connection older = DriverManager.getConnection(bench.server.jdbcUrl("postgres"))) {
            open(older);
            try (SourceBench.Running running = bench.start(source, false);
                    var barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
                bench.awaitBarrier(barriers); // behind the mark of the generation
                Awaitility.await("the snapshot waits")
                        .atMost(SourceBench.PATIENCE)
                        .until(() -> !bench.control(ControlKey.snapshot("public.t"))
                                .getSnapshotProgress()
                                .getWaitsFor()
                                .isEmpty());
                running.assertAlive();
            }
        }
        bench.awaitSlotFree();
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        SourceBench.Running running;
        try (Connection older = DriverManager.getConnection(bench.server.jdbcUrl("postgres"))) {
            open(older);
            running = bench.start(source, false);
            Awaitility.await("capture")
                    .atMost(SourceBench.PATIENCE)
                    .until(() -> bench.truth("SELECT true FROM pg_stat_replication WHERE application_name !~ '^vec'"));
            long sender = Long.parseLong(bench.text("SELECT max(pid) FROM pg_stat_replication"));
            assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(sender))
                            .start()
                            .waitFor())
                    .isZero();
            bench.sql("INSERT INTO t SELECT i, '[1,2]' FROM generate_series(2, 50) i");
        }
        bench.awaitKeys("public.t", 50);
        bench.awaitSnapshotComplete();
        bench.server.kill();
        assertThat(running.failure().kind()).isEqualTo(FerryException.Kind.RETRYABLE);
        running.close();

        bench.server.putBackCopy();
        bench.server.startAgain();
        assertRefused("before the last read");
        bench.sql("INSERT INTO t SELECT i, '[3,4]' FROM generate_series(101, 5000) i");
        bench.sql("INSERT INTO t VALUES (10000, '[3,4]')", "INSERT INTO t VALUES (10001, '[3,4]')");
        assertRefused("does not contain the mark that was written at");
        try (SourceBench.Running again = bench.start(source, true)) {
            bench.changes.await("a generation without the rows that were taken back", seen -> seen.stream()
                    .anyMatch(one -> one.change() instanceof Change.SnapshotComplete(String table, int generation)
                            && generation == 3));
            again.assertAlive();
        }
    }

    /** A large transaction keeps capture from the later update, which the row was read with for the earlier one. */
    @Test
    void aRestoredServerThatLacksWhatAnOmittedValueWasReadWithIsRecognised() {
        bench.sql(
                "CREATE TABLE large (id int PRIMARY KEY, body text, embedding vector(768))",
                "INSERT INTO large SELECT 1, 'first', array_fill(0.5::real, ARRAY[768])::vector");
        source = bench.source(TABLE + ", {name: public.large, vector: embedding}");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitKeys("public.large", 1);
            bench.awaitKeys("public.t", 1);
            running.assertAlive();
        }
        bench.awaitSlotFree();
        bench.sql("UPDATE large SET body = 'kept'");
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        bench.sql(
                "INSERT INTO t SELECT i, '[1,2]' FROM generate_series(2, 100000) i",
                "UPDATE large SET body = 'taken back'");
        long end = LogSequenceNumber.valueOf(bench.text("SELECT pg_current_wal_lsn()"))
                .asLong();
        SourceBench.Running running = bench.start(source, false);
        try (ControlView view = new ControlView(bench.changes.kafka, bench.changes.topics.control())) {
            Awaitility.await("a mark of what was read")
                    .atMost(SourceBench.PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> {
                        view.refresh();
                        return view
                                .get(ControlKey.capture())
                                .orElseThrow()
                                .getCaptureProgress()
                                .getReadMarksList()
                                .stream()
                                .anyMatch(mark -> mark.getPlace() >= end);
                    });
        }
        bench.server.kill();
        assertThat(running.failure().kind()).isEqualTo(FerryException.Kind.RETRYABLE);
        running.close();
        assertThat(bench.control(ControlKey.capture()).getCaptureProgress().getPlace())
                .isLessThan(end);

        bench.server.putBackCopy();
        bench.server.startAgain();
        assertRefused("before the last read");
        bench.sql(
                "INSERT INTO t SELECT i, '[3,4]' FROM generate_series(2, 150000) i",
                "INSERT INTO t VALUES (200000, '[3,4]')");
        assertRefused("does not contain the mark that was written at");
    }

    /** So that the snapshot waits. */
    private static void open(Connection session) throws SQLException {
        session.setAutoCommit(false);
        try (Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_current_xact_id()");
        }
    }

    /** As after a kill just behind it. */
    @Test
    void theLastBarrierIsFoundBehindALargeTransactionWithoutTemporaryFiles() {
        bench.sql("ALTER TABLE t ADD COLUMN body text", "ALTER TABLE t ALTER COLUMN body SET STORAGE EXTERNAL");
        captureOne();
        bench.sql("CHECKPOINT");
        bench.server.keepSlots();
        try (SourceBench.Running running = bench.start(source, false);
                var barriers = source.barriers(bench.changes.kafka, bench.changes.topics)) {
            bench.sql("INSERT INTO t SELECT i, '[1,2]', repeat('x', 10000) FROM generate_series(2, 2000) i");
            bench.awaitKeys("public.t", 2000);
            bench.awaitBarrier(barriers);
            running.assertAlive();
        }
        bench.server.stop();
        bench.server.putBackSlots();
        bench.server.startAgain();
        bench.sql("ALTER SYSTEM SET temp_file_limit = '1MB'", "SELECT pg_reload_conf()");
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.sql("INSERT INTO t VALUES (10000, '[1,2]', 'x')");
            bench.awaitKeys("public.t", 2001);
            running.assertAlive();
        }
    }

    @Test
    void aPromotedStandbyIsGoneOnWithWhenItHasAllThatWasCapturedAndRefusedWhenNot() {
        captureOne();
        bench.server.stop();
        bench.server.startPromoted();
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.sql("INSERT INTO t VALUES (2, '[1,2]')");
            bench.awaitKeys("public.t", 2);
            running.assertAlive();
        }
        bench.server.stop();
        bench.server.keepCopy();
        bench.server.startAgain();
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.sql("INSERT INTO t SELECT i, '[1,2]' FROM generate_series(3, 500) i");
            bench.awaitKeys("public.t", 500);
            running.assertAlive();
        }
        bench.server.stop();
        bench.server.putBackCopy();
        bench.server.startPromoted();
        // further than the other one was
        bench.sql("INSERT INTO t SELECT i, '[3,4]' FROM generate_series(3, 5000) i");
        assertRefused("a standby was promoted that did not have all changes");
    }

    @Test
    void anotherServerAtTheSameAddressIsRefused() {
        captureOne();
        bench.server.stop();
        bench.server.makeAnew();
        bench.sql("CREATE EXTENSION vector", "CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))");
        assertRefused("it is another one");
    }

    @Test
    void theHistoryOfATimelineSaysWhereItLeftAnother() {
        String history = "1\t0/A000198\tno recovery target specified\n\n2\t1/B\tbefore 2026-11-28\n";
        assertThat(ServerIdentity.switchPoint(history, 2)).contains(0x1_0000_000BL);
        assertThat(ServerIdentity.switchPoint(history, 3)).isEmpty();
    }

    private void captureOne() {
        try (SourceBench.Running running = bench.start(source, false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.awaitSlotFree();
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> bench.stage(source, false).run()).isInstanceOfSatisfying(FerryException.class, e -> {
            assertThat(e).hasMessageContaining(why);
            assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
            assertThat(e.remedy()).contains("--new-generation");
        });
    }
}
