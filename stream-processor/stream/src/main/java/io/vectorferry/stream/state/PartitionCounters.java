package io.vectorferry.stream.state;

import org.apache.kafka.streams.state.KeyValueStore;

/** What a partition counts; kept in its store about once a second, so that a crash forgets at most that much of the counts. */
public final class PartitionCounters {
    private static final String KEY = "counts";

    private final KeyValueStore<String, StreamCounts> store;
    private StreamCounts counts;

    public PartitionCounters(KeyValueStore<String, StreamCounts> store) {
        this.store = store;
        StreamCounts kept = store.get(KEY);
        this.counts = kept == null ? StreamCounts.ZERO : kept;
    }

    public void noop() {
        counts = new StreamCounts(counts.noops() + 1, counts.stale(), counts.deadLetters());
    }

    public void stale() {
        counts = new StreamCounts(counts.noops(), counts.stale() + 1, counts.deadLetters());
    }

    public void deadLetter() {
        counts = new StreamCounts(counts.noops(), counts.stale(), counts.deadLetters() + 1);
    }

    public StreamCounts keep() {
        if (!counts.equals(store.get(KEY))) {
            store.put(KEY, counts);
        }
        return counts;
    }
}
