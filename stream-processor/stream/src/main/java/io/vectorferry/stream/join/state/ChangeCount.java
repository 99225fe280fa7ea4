package io.vectorferry.stream.join.state;

import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** Counts the joined changes of a partition, so that of a row that is gone nothing has to be remembered. */
public final class ChangeCount {
    private static final String CHANGES = "joined-changes";

    private final KeyValueStore<String, Long> store;

    public ChangeCount(KeyValueStore<String, Long> store) {
        this.store = store;
    }

    /** Above every number before it, and above that one. */
    public long next(long last) {
        @Nullable Long count = store.get(CHANGES);
        long next = Math.max(count == null ? 0 : count, last) + 1;
        store.put(CHANGES, next);
        return next;
    }
}
