package io.vectorferry.contracts.kafka;

/**
 * Makes acknowledged records survive a power loss. Call {@link #sync} before a source may discard its log, and before
 * a transaction commits. Thread-safe.
 */
public interface DurableLog {
    /** The remedy when a log is shorter than what was already read from it: other records may be lost, too. */
    String LOST_REMEDY =
            "Restore the former data directory or topics. Or copy everything again: give the pipeline another name (`pipeline:`) and each target another table or collection, and start it; then remove what the old name left behind (its topics; in PostgreSQL its slot and publication).";

    /** A cluster, which acknowledges what several brokers have. */
    DurableLog REPLICATED = () -> {};

    /** Returns when everything that was acknowledged before the call is on disk. */
    void sync();
}
