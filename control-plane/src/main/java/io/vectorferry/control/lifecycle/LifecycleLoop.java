package io.vectorferry.control.lifecycle;

import io.vectorferry.contracts.FerryException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes the changes that follow from what is observed, and reports that the controller runs, in a thread of its own: while
 * Kafka is away, the status must not wait.
 */
public final class LifecycleLoop implements Runnable {
    private static final Duration EVERY = Duration.ofMillis(200);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(5);

    private final Controller controller;
    private final Supplier<Optional<Decisions.Observation>> observations;
    private final CountDownLatch stopping;
    private volatile @Nullable FerryException failure;

    /** @param observations empty before the first */
    public LifecycleLoop(
            Controller controller, Supplier<Optional<Decisions.Observation>> observations, CountDownLatch stopping) {
        this.controller = controller;
        this.observations = observations;
        this.stopping = stopping;
    }

    /** Why it has ended, though nobody asked it to. */
    public Optional<FerryException> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void run() {
        try {
            long reportAt = System.nanoTime();
            do {
                if (System.nanoTime() - reportAt >= 0 || controller.isBroken()) {
                    controller.report();
                    reportAt = System.nanoTime() + REPORT_EVERY.toNanos();
                }
                observations.get().ifPresent(controller::observe);
            } while (!stopping.await(EVERY.toMillis(), TimeUnit.MILLISECONDS));
            controller.end();
        } catch (InterruptedException e) {
            failure = FerryException.retryable("the life cycle was interrupted", e);
        } catch (RuntimeException | Error e) {
            failure = FerryException.unexpected("the life cycle", e);
        }
    }
}
