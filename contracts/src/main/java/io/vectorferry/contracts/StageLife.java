package io.vectorferry.contracts;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of a {@link Stage}: it runs once, pauses at safe points, and ends when it is asked to. Its threads enclose what
 * must not be cut in {@link #begin} and {@link #end}. The stage is paused while a pause is requested and no work is under
 * way. Thread-safe.
 */
public final class StageLife {
    private static final long POLL_MILLIS = 50;

    /** The work of a stage. */
    @FunctionalInterface
    public interface Body {
        void run() throws InterruptedException;
    }

    private final String name;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
    private boolean pauseRequested;
    private long pauses;
    private int atWork;

    /** @param name used in messages, with its article */
    public StageLife(String name) {
        this.name = name;
    }

    /** Runs the stage in this thread. An interruption after {@link #askToStop} is its end. */
    public void run(Body body) {
        if (!runner.compareAndSet(null, Thread.currentThread())) {
            throw new IllegalStateException(name + " runs once");
        }
        try {
            body.run();
        } catch (InterruptedException e) {
            if (!isStopping()) {
                throw FerryException.retryable(name + " was interrupted", e);
            }
        } finally {
            ended.countDown();
        }
    }

    public boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /** Waits for {@link #askToStop}; returns whether it was called. */
    public boolean awaitStop(Duration patience) throws InterruptedException {
        return stopping.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Asks the stage to end, and waits for nothing. */
    public void askToStop() {
        stopping.countDown();
    }

    /** Asks the stage to end, and waits for that if another thread runs it. */
    public void stop() {
        askToStop();
        Thread running = runner.get();
        if (running == null || running.equals(Thread.currentThread())) {
            return;
        }
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    public synchronized void pause() {
        pauses += pauseRequested ? 0 : 1;
        pauseRequested = true;
    }

    /** Returns how many pauses have been requested, for who measures how long something took. */
    public synchronized long pauses() {
        return pauses;
    }

    public synchronized void resume() {
        pauseRequested = false;
        notifyAll();
    }

    /** Returns whether a pause is requested; work may still be under way. */
    public synchronized boolean isPauseRequested() {
        return pauseRequested;
    }

    /** Returns whether a pause is requested and all work has reached a safe point. */
    public synchronized boolean isPaused() {
        return pauseRequested && atWork == 0;
    }

    /** Waits as long as the stage is paused, then begins work. Returns false, and begins none, if the stage ends. */
    public boolean begin() {
        return begin(() -> false);
    }

    /**
     * Like {@link #begin()}.
     *
     * @param cancelled whether this work alone is to end
     */
    public synchronized boolean begin(BooleanSupplier cancelled) {
        try {
            while (pauseRequested && !isStopping() && !cancelled.getAsBoolean()) {
                wait(POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable(name + " was interrupted in its pause", e);
        }
        if (isStopping() || cancelled.getAsBoolean()) {
            return false;
        }
        atWork++;
        return true;
    }

    /** Begins work unless a pause is requested. */
    public synchronized boolean beginUnlessPaused() {
        if (pauseRequested || isStopping()) {
            return false;
        }
        atWork++;
        return true;
    }

    /** Ends what {@link #begin} or {@link #beginUnlessPaused} has begun. */
    public synchronized void end() {
        atWork--;
    }
}
