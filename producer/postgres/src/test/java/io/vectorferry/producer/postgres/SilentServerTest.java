package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.deploy.server.HoldingProxy;
import io.vectorferry.deploy.server.Suspension;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceRow;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** A server, or the network before it, that stays connected and says nothing: each wait ends within a minute with its reason, and a long query is no silence. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 900, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public class SilentServerTest {
    /** A silence is noticed within a minute, by the limits of the sockets. */
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** Each takes half a minute of waiting: one is drawn by the day, or all with {@code -Dferry.test.silence=all}. */
    private static final List<String> DRAWN = List.of(
            "aSuspendedServerFailsTheStageWithTheReasonAndABarrierToo",
            "aReplicationConnectionOnWhichNothingComesFailsTheStage",
            "aConnectionThatTheNetworkForgotIsGivenUpThoughNewOnesPass",
            "aQueryThatWaitsForALockIsNoSilence");

    private static final Barrier BARRIER = new Barrier("silent", 1, "", 2, 0);
    private static final String TABLE = "{name: public.t, vector: embedding}";

    private SourceBench bench;

    @BeforeAll
    public void start() {
        bench = new SourceBench();
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))", "INSERT INTO t VALUES (1, '[1,2]')");
    }

    @BeforeEach
    void draw(TestInfo test) {
        String name = test.getTestMethod().orElseThrow().getName();
        assertThat(DRAWN).contains(name);
        long today =
                Long.getLong("ferry.test.seed", LocalDate.now(ZoneOffset.UTC).toEpochDay());
        boolean isDrawn = Math.floorMod(today, DRAWN.size()) == DRAWN.indexOf(name);
        assumeTrue(isDrawn || System.getProperty("ferry.test.silence", "").equals("all"), "not drawn today");
    }

    @AfterAll
    public void stop() {
        bench.close();
    }

    private List<Long> pids(String sql) {
        try (Connection connection = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<Long> pids = new ArrayList<>();
            while (rows.next()) {
                pids.add(rows.getLong(1));
            }
            return pids;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private Suspension suspendedServer() {
        return Suspension.ofTree(pids("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::bigint")
                .getFirst());
    }

    private void awaitCapture() {
        Awaitility.await("capture reads the slot")
                .atMost(PATIENCE)
                .until(() -> bench.truth("SELECT count(*) > 0 FROM pg_stat_replication WHERE reply_time IS NOT NULL"));
    }

    private Source through(HoldingProxy proxy) {
        return bench.source(bench.server.url("postgres").replace(":" + bench.server.port(), ":" + proxy.port()), TABLE);
    }

    /** The common pool may have one thread, which a stage has. */
    private static CompletableFuture<Void> inThread(Runnable work) {
        return CompletableFuture.runAsync(work, task -> Thread.ofPlatform().start(task));
    }

    private SourceBench.Running started(Source source) {
        Stage stage = bench.stage(source, true);
        return new SourceBench.Running(stage, inThread(stage::run));
    }

    /** The reason with which a running stage ends. */
    private static FerryException endOf(SourceBench.Running running) {
        try {
            running.run().get(MINUTE.toSeconds(), TimeUnit.SECONDS);
            throw new AssertionError("the stage ended without a reason");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FerryException reason) {
                return reason;
            }
            throw new AssertionError(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("the stage has not noticed", e);
        }
    }

    @Test
    void aSuspendedServerFailsTheStageWithTheReasonAndABarrierToo() {
        Source source = bench.source(TABLE);
        SourceBench.Running running = started(source);
        BarrierIssuer barriers = source.barriers(bench.changes.kafka, bench.changes.topics);
        awaitCapture();
        barriers.issue(BARRIER);
        suspendedServer().during(() -> {
            CompletableFuture<Void> opened = inThread(() -> source.reader().scan("public.t", row -> {}));
            CompletableFuture<Void> barrier = inThread(() -> barriers.issue(BARRIER));
            Awaitility.await("the status names the silence").atMost(MINUTE).until(() -> bench.control(
                            ControlKey.capture())
                    .getCaptureProgress()
                    .getError()
                    .contains("no response: the server does not respond to a new connection either"));
            assertThatThrownBy(() -> barrier.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("the barrier could not be written to the source");
            assertThat(endOf(running).kind()).isEqualTo(FerryException.Kind.RETRYABLE);
            assertThatThrownBy(() -> opened.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasMessageContaining("cannot be reached: The connection attempt failed. no response: ");
        });
        barriers.close();
        bench.awaitSlotFree();
        try (SourceBench.Running again = bench.start(source, false)) {
            bench.sql("INSERT INTO t VALUES (2, '[3,4]')");
            bench.awaitKeys("public.t", 2);
            again.assertAlive();
        }
        bench.awaitSlotFree();
    }

    @Test
    void aReplicationConnectionOnWhichNothingComesFailsTheStage() {
        SourceBench.Running running = started(bench.source(TABLE));
        awaitCapture();
        List<Long> walSender = pids("SELECT pid FROM pg_stat_replication");
        assertThat(walSender).hasSize(1);
        Suspension.of(walSender).during(() -> assertThat(endOf(running))
                .hasMessageContaining("has received nothing over the replication connection"));
        bench.awaitSlotFree();
    }

    @Test
    void aConnectionThatTheNetworkForgotIsGivenUpThoughNewOnesPass() {
        try (HoldingProxy proxy = HoldingProxy.to(bench.server.port());
                BarrierIssuer barriers = through(proxy).barriers(bench.changes.kafka, bench.changes.topics)) {
            barriers.issue(BARRIER);
            proxy.holdConnections();
            assertThatThrownBy(() -> barriers.issue(BARRIER))
                    .isInstanceOf(FerryException.class)
                    .hasMessageContaining("no response: the server waits for ferry (idle, ClientRead)");
            barriers.issue(BARRIER);
        }
    }

    @Test
    void aQueryThatWaitsForALockIsNoSilence() throws Exception {
        List<SourceRow> rows = new ArrayList<>();
        try (Connection holder = DriverManager.getConnection(bench.server.jdbcUrl("postgres"));
                Statement holding = holder.createStatement()) {
            holder.setAutoCommit(false);
            holding.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
            CompletableFuture<Void> read =
                    inThread(() -> bench.source(TABLE).reader().scan("public.t", rows::add));
            assertThatThrownBy(() -> read.get(35, TimeUnit.SECONDS))
                    .as("it waits for longer than a silence is borne")
                    .isInstanceOf(TimeoutException.class);
            holder.rollback();
            read.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        assertThat(rows).isNotEmpty();
    }
}
