package io.vectorferry.app.process;

import io.vectorferry.contracts.BackOff;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.RetryLog;
import io.vectorferry.contracts.Stage;
import io.vectorferry.contracts.control.StageState;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a stage in a thread of its own until it is closed: a fresh one after a pause if it failed with what may pass, with an
 * exception that nobody expected, or ended though nobody asked it to. An Error, and an error that a person must act on, is a
 * {@link #failure}. {@link #report} is safe for any thread.
 */
final class SupervisedStage implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisedStage.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    /** A stage that ran this long before it failed starts over with the first pause. */
    private static final Duration SETTLED = Duration.ofMinutes(2);

    /** A stage that was started again is reported as running once it works, or has run so long. */
    private static final Duration RECOVERED = Duration.ofSeconds(10);

    /** The least that the limits of a stop grant a stage once it was interrupted. */
    private static final Duration INTERRUPTED_PATIENCE = Duration.ofSeconds(5);

    static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /**
     * How the stage is.
     *
     * @param error why it is tried again, or failed; empty: it runs
     * @param waitsFor what it has waited for longer than usual; empty: nothing
     */
    record Report(StageState state, String error, String waitsFor) {}

    private final String name;
    private final Supplier<? extends Stage> stages;
    private final Runnable onTrouble;
    private final Duration stopPatience;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final AtomicReference<@Nullable Stage> running = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    private final AtomicReference<@Nullable RuntimeException> trouble = new AtomicReference<>();
    private final RetryLog retries;
    private final Thread thread;
    private volatile long startedNanos = System.nanoTime();
    private volatile boolean isWaiting;
    private boolean isPauseRequested;

    /** @param onTrouble called when there is news for {@link #report} */
    SupervisedStage(String name, Supplier<? extends Stage> stages, Runnable onTrouble) {
        this(name, stages, onTrouble, STOP_PATIENCE);
    }

    /** @param stopPatience after which a stage that was asked to end is interrupted */
    SupervisedStage(String name, Supplier<? extends Stage> stages, Runnable onTrouble, Duration stopPatience) {
        this.name = name;
        this.stages = stages;
        this.onTrouble = onTrouble;
        this.stopPatience = stopPatience;
        this.retries = new RetryLog(LOG, name + " failed and is restarted");
        this.thread = Thread.ofPlatform().name(name).unstarted(this::supervise);
    }

    String name() {
        return name;
    }

    void start() {
        thread.start();
    }

    /** Returns the error that needs an action; the stage no longer runs. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure.get());
    }

    Report report() {
        RuntimeException failed = failure.get();
        if (failed != null) {
            return new Report(StageState.FAILED, told(failed), "");
        }
        RuntimeException last = trouble.get();
        Stage stage = running.get();
        if (last != null && !hasRecovered(stage)) {
            return new Report(StageState.RETRYING, told(last), "");
        }
        if (last != null && System.nanoTime() - startedNanos > RECOVERED.toNanos()) {
            retries.recovered();
        }
        boolean paused = stage != null && stage.isPaused();
        return new Report(paused ? StageState.PAUSED : StageState.RUNNING, "", stage == null ? "" : stage.waitsFor());
    }

    /** Requests a pause of the stage that runs, and of those that take its place. */
    synchronized void pause() {
        isPauseRequested = true;
        Optional.ofNullable(running.get()).ifPresent(Stage::pause);
    }

    synchronized void resume() {
        isPauseRequested = false;
        Optional.ofNullable(running.get()).ifPresent(Stage::resume);
    }

    synchronized boolean isPauseRequested() {
        return isPauseRequested;
    }

    private synchronized void runs(Stage stage) {
        if (isPauseRequested) {
            stage.pause();
        }
        running.set(stage);
    }

    private boolean hasRecovered(@Nullable Stage stage) {
        return !isWaiting
                && (System.nanoTime() - startedNanos > RECOVERED.toNanos() || (stage != null && stage.isWorking()));
    }

    private static String told(RuntimeException e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return e instanceof FerryException ours && !ours.remedy().isEmpty()
                ? "%s. %s".formatted(message, ours.remedy())
                : message;
    }

    private void supervise() {
        BackOff pauses = BackOff.exact(FIRST_PAUSE, MAX_PAUSE);
        while (!isStopping()) {
            startedNanos = System.nanoTime();
            running.set(null); // what the last one did says nothing of the next one
            isWaiting = false;
            RuntimeException reason = runOnce();
            if (isStopping()) {
                return;
            }
            if (!mayPass(reason)) {
                logEnd(reason);
                failure.set(reason);
                onTrouble.run();
                return;
            }
            retries.failed(reason);
            isWaiting = true;
            trouble.set(reason);
            onTrouble.run();
            if (System.nanoTime() - startedNanos > SETTLED.toNanos()) {
                pauses.reset();
            }
            await(pauses.next());
        }
    }

    private void logEnd(RuntimeException reason) {
        if (RetryLog.isUnexpected(reason)) {
            LOG.error("{} failed: {}", name, RetryLog.reasons(reason), reason);
        } else {
            LOG.error("{} failed: {}", name, RetryLog.reasons(reason));
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    private static boolean mayPass(RuntimeException reason) {
        return switch (reason) {
            case FerryException ours -> ours.kind() == FerryException.Kind.RETRYABLE;
            case RetriableException passing -> true;
            default -> false; // what Kafka refuses, such as a login
        };
    }

    /** Returns why the stage does not run any more. */
    private RuntimeException runOnce() {
        // Whoever interrupted the last one did not mean this one.
        boolean unused = Thread.interrupted();
        try {
            Stage stage = stages.get();
            runs(stage);
            if (!isStopping()) {
                stage.run();
            }
            return FerryException.retryable(
                    name + " ended without being asked to", new IllegalStateException("run() returned"));
        } catch (InterruptException e) {
            return FerryException.retryable(name + " was interrupted", e);
        } catch (KafkaException e) {
            return e;
        } catch (Throwable e) {
            // Also a checked exception that a native method throws without declaring it.
            return FerryException.unexpected(name, e);
        }
    }

    private void await(Duration pause) {
        try {
            var unused = stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.warn("{} was interrupted in its pause and is restarted now", name);
        }
    }

    /** Returns within a bound, also when the stage waits for a network that is gone; then it is left behind, and the log says so. */
    @Override
    public void close() {
        stopping.countDown();
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        Stage stage = running.get();
        Thread asking = Thread.ofPlatform().daemon().name(name + "-stop").unstarted(() -> ask(stage));
        asking.start();
        try {
            if (!thread.join(stopPatience)) {
                LOG.warn("{} has not ended within {} s and is interrupted", name, stopPatience.toSeconds());
                thread.interrupt();
                if (!thread.join(INTERRUPTED_PATIENCE)) {
                    LOG.error("{} did not end and is abandoned: {}", name, report().waitsFor());
                }
            }
            boolean unused = asking.join(INTERRUPTED_PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void ask(@Nullable Stage stage) {
        try {
            if (stage != null) {
                stage.close();
            }
        } catch (RuntimeException e) {
            LOG.error("{} did not end cleanly", name, e);
        }
    }
}
