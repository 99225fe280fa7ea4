package io.vectorferry.stream;

import org.apache.kafka.streams.state.KeyValueStore;

/** What a partition counts; kept in its store about once a second, so that a crash forgets at most that much of the counts. */
final class Counters {
    private static final String KEY = "counts";

    private final KeyValueStore<String, StreamCounts> store;
    private StreamCounts counts;

    Counters(KeyValueStore<String, StreamCounts> store) {
        this.store = store;
        StreamCounts kept = store.get(KEY);
        this.counts = kept == null ? StreamCounts.ZERO : kept;
    }

    void noop() {
        counts = new StreamCounts(counts.noops() + 1, counts.stale(), counts.deadLetters());
    }

    void stale() {
        counts = new StreamCounts(counts.noops(), counts.stale() + 1, counts.deadLetters());
    }

    void deadLetter() {
        counts = new StreamCounts(counts.noops(), counts.stale(), counts.deadLetters() + 1);
    }

    StreamCounts keep() {
        if (!counts.equals(store.get(KEY))) {
            store.put(KEY, counts);
        }
        return counts;
    }
}
