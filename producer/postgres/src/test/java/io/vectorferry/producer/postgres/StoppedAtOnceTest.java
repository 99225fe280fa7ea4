package io.vectorferry.producer.postgres;

import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Capture has moments in which it cannot be stopped, and one in which it does not notice. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class StoppedAtOnceTest {
    private static final int LONGEST_MILLIS = 1_200;

    private final Random random = new Random(Long.getLong("ferry.test.seed", 5));
    private SourceBench bench;

    @BeforeAll
    public void start() {
        bench = new SourceBench();
        bench.sql("CREATE TABLE t (id int PRIMARY KEY, embedding vector(2))");
    }

    @AfterAll
    public void stop() {
        bench.close();
    }

    @RepeatedTest(12)
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aStageEndsHoweverSoonAfterItsStartItIsStopped() throws InterruptedException {
        try (SourceBench.Running running = bench.start(bench.source("{name: public.t, vector: embedding}"), false)) {
            Thread.sleep(random.nextInt(LONGEST_MILLIS));
            running.assertAlive();
        }
    }
}
