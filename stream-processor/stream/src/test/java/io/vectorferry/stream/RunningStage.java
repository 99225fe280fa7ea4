package io.vectorferry.stream;

import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** A stage on a thread of its own, ended by {@link #close}. */
final class RunningStage implements AutoCloseable {
    private final StreamStage stage;
    private final FutureTask<Optional<Throwable>> run;

    StreamStage stage() {
        return stage;
    }

    RunningStage(StreamStage stage) {
        this.stage = stage;
        this.run = new FutureTask<>(stage::run, Optional.empty());
        Thread.ofPlatform().name("stream-stage").start(run);
    }

    /** What ended the stage; empty while it runs. */
    Optional<Throwable> failure() {
        return run.isDone() ? outcome() : Optional.empty();
    }

    String waitsFor() {
        return stage.waitsFor();
    }

    private Optional<Throwable> outcome() {
        try {
            return run.get();
        } catch (ExecutionException e) {
            return Optional.of(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(e);
        }
    }

    @Override
    public void close() {
        stage.close();
        outcome().ifPresent(failure -> {
            throw new AssertionError("the stage failed", failure);
        });
    }
}
