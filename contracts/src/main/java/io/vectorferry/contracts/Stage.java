package io.vectorferry.contracts;

/**
 * A stage of a pipeline in this process. {@link #run} blocks until {@link #close} is called from another thread. It
 * throws a {@link FerryException} of kind {@code RETRYABLE} if a new stage may be started after a pause, or of kind
 * {@code MISCONFIGURED} if a person must act.
 */
public interface Stage extends AutoCloseable {
    String name();

    void run();

    /**
     * Returns what the stage has waited for longer than usual, as a sentence without a subject such as "waits for …";
     * empty if nothing. Called from any thread.
     */
    default String waitsFor() {
        return "";
    }

    /**
     * Whether {@link #run} has done its work since it began, so that what ended the stage before this one has passed. A stage that
     * never says so is taken to work once it has run for a while. Called from any thread.
     */
    default boolean isWorking() {
        return false;
    }

    /**
     * Requests that the stage reads, publishes and writes no rows until {@link #resume}; it obeys at its next safe point. What it has begun
     * stays begun: nothing is lost, and no unfinished snapshot counts as complete. Before {@link #run}, it begins paused. Idempotent,
     * and waits for nothing. Called from any thread.
     */
    void pause();

    /** Takes back {@link #pause}. */
    void resume();

    /** Returns whether the stage has obeyed {@link #pause}. Called from any thread. */
    boolean isPaused();

    /**
     * Makes {@link #run} return and waits until its resources are released. Idempotent. Before {@link #run}, it makes a later run return at
     * once, and waits for nothing.
     */
    @Override
    void close();
}
