package io.vectorferry.producer.stage;

import io.vectorferry.contracts.FerryException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The works of a stage, each in a thread of its own: one that fails ends all of them, and so does one that returns though
 * nobody asked it to, whatever the throwable. {@link #close} is safe for any thread.
 */
public final class ConcurrentWork implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConcurrentWork.class);

    /** Blocks until its stop is called. */
    public interface Work {
        void run() throws InterruptedException;
    }

    private record Part(String name, Work work, Runnable stop) {}

    private final String prefix;
    private final Consumer<FerryException> onFailure;
    private final List<Part> parts = new ArrayList<>();
    private final CountDownLatch oneEnded = new CountDownLatch(1);
    private final AtomicReference<@Nullable FerryException> failure = new AtomicReference<>();
    private volatile boolean closed;

    /** @param prefix of the threads' names */
    public ConcurrentWork(String prefix) {
        this(prefix, e -> {});
    }

    /**
     * Like the other constructor.
     *
     * @param onFailure receives the first reason at once: the end of the other works may take long if a server is
     *     silent
     */
    public ConcurrentWork(String prefix, Consumer<FerryException> onFailure) {
        this.prefix = prefix;
        this.onFailure = onFailure;
    }

    /** @param stop ends the work; called once, from another thread, also after the work has ended */
    public ConcurrentWork with(String name, Work work, Runnable stop) {
        parts.add(new Part(name, work, stop));
        return this;
    }

    /** Returns when all have ended after {@link #close}, or fails with the first reason. */
    public void run() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (Part part : parts) {
            threads.add(Thread.ofPlatform().name(prefix + part.name()).start(() -> work(part)));
        }
        try {
            oneEnded.await();
        } catch (InterruptedException e) {
            // Nobody who stops a stage does that first: the works must not go on beside those of the next stage.
            failed(FerryException.retryable("the stage was interrupted", e));
        }
        parts.forEach(ConcurrentWork::stop);
        for (Thread thread : threads) {
            thread.join();
        }
        FerryException reason = failure.get();
        if (reason != null) {
            throw reason;
        }
    }

    private void work(Part part) {
        try {
            part.work().run();
            failed(FerryException.retryable(
                    part.name() + " ended without being asked to", new IllegalStateException("run() returned")));
        } catch (InterruptedException e) {
            failed(FerryException.retryable(part.name() + " was interrupted", e));
        } catch (RuntimeException | Error e) {
            failed(FerryException.unexpected(part.name(), e));
        }
    }

    /** A work whose stop fails must not keep the others from stopping. */
    private static void stop(Part part) {
        try {
            part.stop().run();
        } catch (RuntimeException e) {
            LOG.error("{} could not be stopped", part.name(), e);
        }
    }

    /** Ends all works. Anything that fails after {@link #close}, or after the first failure, is a consequence. */
    private void failed(FerryException e) {
        boolean isFirst = !closed && failure.compareAndSet(null, e);
        oneEnded.countDown(); // before the report, which may wait for a broker
        if (isFirst) {
            try {
                onFailure.accept(e);
            } catch (RuntimeException unreported) {
                e.addSuppressed(unreported);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        oneEnded.countDown();
    }
}
