package io.vectorferry.stream.join.state;

import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Counts that stand and fall with the join's other state: written with it, and undone with it. */
public final class UnmatchedCounts {
    private static final String ORPHANS = "orphan-references";
    private static final String UNREFERENCED = "unreferenced-vectors";

    private final KeyValueStore<String, Long> store;

    public UnmatchedCounts(KeyValueStore<String, Long> store) {
        this.store = store;
    }

    public void orphans(long more) {
        add(ORPHANS, more);
    }

    public void unreferenced(long more) {
        add(UNREFERENCED, more);
    }

    public ReferenceCounts now() {
        return new ReferenceCounts(of(ORPHANS), of(UNREFERENCED));
    }

    private void add(String name, long more) {
        store.put(name, of(name) + more);
    }

    private long of(String name) {
        @Nullable Long count = store.get(name);
        return count == null ? 0 : count;
    }
}
