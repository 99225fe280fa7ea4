package io.vectorferry.verify.watch;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.verify.source.LoadedPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Verifies every target of a pipeline while it runs. Safe for any thread. */
public final class ContinuousVerifier implements AutoCloseable {
    /** A source that hangs must not keep the pipeline from stopping. */
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final List<Thread> threads = new ArrayList<>();

    private ContinuousVerifier() {}

    /** Returns at once; stops by itself when {@code verification.continuous} is not enabled. */
    public static ContinuousVerifier start(LoadedPipeline pipeline, KafkaConnection kafka) {
        ContinuousVerifier verification = new ContinuousVerifier();
        if (pipeline.config().verification().continuous().enabled()) {
            pipeline.targets().forEach(target -> verification.watch(pipeline, target, kafka));
        }
        return verification;
    }

    private void watch(LoadedPipeline pipeline, Target target, KafkaConnection kafka) {
        threads.add(Thread.ofPlatform()
                .daemon()
                .name("verification/" + target.name())
                .start(new TargetVerifier(pipeline, target, kafka, stopping)));
    }

    /** Harmless when repeated. */
    @Override
    public void close() {
        stopping.countDown();
        try {
            for (Thread thread : threads) {
                thread.join(STOP_PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
