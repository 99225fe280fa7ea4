package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.StageLife;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.producer.postgres.capture.CaptureListener;
import io.vectorferry.producer.postgres.capture.PostgresCapture;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.OutstandingMarks;
import io.vectorferry.producer.postgres.mark.ReadMarks;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.publish.ChangePublisher;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** However the engine ends that nobody has stopped, capture fails with a reason. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public class FaultsInCaptureTest {
    private static final String TABLE = "{name: public.t, vector: embedding}";
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private SourceBench bench;
    private PostgresConfig config;

    @BeforeAll
    public void start() {
        bench = new SourceBench();
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))");
        PipelineFile file = PipelineFile.of(
                "{url: '%s', user: postgres, tables: [%s]}".formatted(bench.server.url("postgres"), TABLE),
                List.of(),
                Map.of());
        config = PostgresConfig.from("articles", file.root(), false);
        file.problems().throwIfAny();
        try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
            bench.awaitSnapshotComplete();
            running.assertAlive();
        }
        bench.awaitSlotFree();
    }

    @AfterAll
    public void stop() {
        bench.close();
    }

    /** Runs the fault when capture comes to a barrier. */
    private record Faulty(Runnable fault) implements CaptureListener {
        @Override
        public int generation(String collection) {
            return 1;
        }

        @Override
        public void committed(long place) {}

        @Override
        public boolean isNamed(String collection) {
            return false;
        }

        @Override
        public TableShape shape(String collection) {
            throw new UnsupportedOperationException();
        }

        @Override
        public TableShape columnsChanged(String collection, Set<String> logged) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void keyLacking(String collection) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void truncated(String collection, long transaction) {}

        @Override
        public void barrier(String id, long place) {
            fault.run();
        }

        @Override
        public void reached(TableMark mark, long place) {}

        @Override
        public void cameTo(String readMark) {}

        @Override
        public void captured(long place, long changes, int refilled) {}
    }

    private FerryException endOf(Runnable fault, Runnable whenReached) {
        CountDownLatch reached = new CountDownLatch(1);
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        try (ChangePublisher publisher = new ChangePublisher(bench.changes.kafka, bench.changes.topics);
                BarrierIssuer barriers = bench.source(TABLE).barriers(bench.changes.kafka, bench.changes.topics);
                ReadMarks marks =
                        new ReadMarks(config.connections(), "articles", new OutstandingMarks(List.of()), () -> {});
                PostgresCapture capture = new PostgresCapture(
                        config,
                        config.connections(),
                        publisher,
                        new Faulty(() -> {
                            reached.countDown();
                            fault.run();
                        }),
                        marks,
                        bench.control(ControlKey.capture()).getCaptureProgress().getPlace(),
                        new StageLife("the test"))) {
            Thread running = Thread.ofPlatform().start(() -> {
                try {
                    capture.run();
                    end.complete(new AssertionError("capture returned as if it had been stopped"));
                } catch (Throwable e) {
                    end.complete(e);
                }
            });
            this.running = running;
            barriers.issue(new Barrier("fault", 1, "", 1, 0));
            Awaitility.await("the fault").atMost(PATIENCE).until(() -> reached.getCount() == 0);
            whenReached.run();
            Awaitility.await("the end").atMost(PATIENCE).until(end::isDone);
        }
        assertThat(end.join()).isInstanceOf(FerryException.class);
        bench.awaitSlotFree();
        return (FerryException) end.join();
    }

    private Thread running = Thread.currentThread();

    @Test
    void anErrorInTheEnginesThreadNeedsAPerson() {
        FerryException end = endOf(
                () -> {
                    throw new OutOfMemoryError("Java heap space");
                },
                () -> {});
        assertThat(end.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
        assertThat(end).hasMessage("capture ended: java.lang.OutOfMemoryError: Java heap space");
    }

    @Test
    void anExceptionThatIsNotOursIsTriedAgain() {
        FerryException end = endOf(
                () -> {
                    throw new IllegalStateException("quotes a row");
                },
                () -> {});
        assertThat(end.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
        assertThat(end)
                .hasMessageStartingWith("capture ended: java.lang.IllegalStateException at ")
                .matches(FerryException::isUnexpected)
                .hasMessageContaining("FaultsInCaptureTest")
                .hasMessageNotContaining("quotes a row");
    }

    @Test
    void anEngineThatSimplyEndsIsTriedAgain() {
        FerryException end = endOf(() -> {}, () -> running.interrupt());
        assertThat(end.kind()).isEqualTo(FerryException.Kind.RETRYABLE);
        assertThat(end).hasMessage("capture ended without a reason");
    }
}
