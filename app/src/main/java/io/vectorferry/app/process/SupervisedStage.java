package io.vectorferry.app.process;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Stage;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a stage in a thread of its own; a fresh one after a pause when it failed with what may pass. */
final class SupervisedStage implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedStage.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    /** A stage that ran this long before it failed starts over with the first pause. */
    private static final Duration SETTLED = Duration.ofMinutes(2);

    private final String name;
    private final Supplier<? extends Stage> stages;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final AtomicReference<@Nullable Stage> running = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private final Thread thread;

    SupervisedStage(String name, Supplier<? extends Stage> stages) {
        this.name = name;
        this.stages = stages;
        this.thread = Thread.ofPlatform()
                .name(name)
                .uncaughtExceptionHandler((thread, e) -> failed(new IllegalStateException(name + " ended: " + e, e)))
                .unstarted(this::supervise);
    }

    void start() {
        thread.start();
    }

    /** What a person has to act on; the stage does not run any more. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure.get());
    }

    private void supervise() {
        Duration pause = FIRST_PAUSE;
        try {
            do {
                long started = System.nanoTime();
                if (runOnce()) {
                    return;
                }
                boolean settled = System.nanoTime() - started > SETTLED.toNanos();
                pause = settled ? FIRST_PAUSE : pause;
                if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                pause = pause.multipliedBy(2).compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : pause.multipliedBy(2);
            } while (stopping.getCount() > 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it is over. */
    private boolean runOnce() {
        try {
            Stage stage = stages.get();
            running.set(stage);
            if (stopping.getCount() > 0) {
                stage.run();
            }
            return true;
        } catch (FerryException e) {
            if (e.kind() == FerryException.Kind.RETRYABLE) {
                LOG.warn("{} failed and is started again", name, e);
                return false;
            }
            return failed(e);
        } catch (RetriableException e) {
            LOG.warn("{} failed and is started again", name, e);
            return false;
        } catch (RuntimeException e) {
            return failed(e);
        }
    }

    private boolean failed(RuntimeException e) {
        LOG.error("{} failed", name, e);
        failure.set(e);
        return true;
    }

    @Override
    public void close() {
        stopping.countDown();
        Stage stage = running.get();
        if (stage != null) {
            stage.close();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
