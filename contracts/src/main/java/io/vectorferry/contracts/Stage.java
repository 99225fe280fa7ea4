package io.vectorferry.contracts;

/**
 * One stage of a pipeline in this process. {@link #run} blocks its own thread until {@link #close} is called from
 * another one, then returns; or it fails with a {@link FerryException}: of kind {@code RETRYABLE} when a fresh stage may
 * be run again after a pause, of kind {@code MISCONFIGURED} when a person has to act.
 */
public interface Stage extends AutoCloseable {
    String name();

    void run();

    /**
     * What the stage has waited for longer than usual, as a sentence without a subject such as "waits for …"; empty: nothing.
     * Called from any thread.
     */
    default String waitsFor() {
        return "";
    }

    /** Asks {@link #run} to end and waits until what it held is released. Harmless when repeated. */
    @Override
    void close();
}
