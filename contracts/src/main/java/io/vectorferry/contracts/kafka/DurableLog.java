package io.vectorferry.contracts.kafka;

/**
 * Makes what the broker has acknowledged survive the loss of its machine. Whoever lets a source forget something, or commits
 * a transaction, calls {@link #sync} first. Safe for any thread.
 */
public interface DurableLog {
    /** What to do when a log is shorter than what was read of it: whatever else it held may be gone too. */
    String LOST_REMEDY =
            "Bring the former data directory or topics back. Or copy everything anew: give the pipeline another name (`pipeline:`) and each target another table or collection, and start it; then remove what the old name left (its topics; in PostgreSQL its slot and publication).";

    /** A cluster, which acknowledges what several brokers have. */
    DurableLog REPLICATED = () -> {};

    /** Returns when everything that was acknowledged before the call is on disk. */
    void sync();
}
