package io.vectorferry.stream.join.state;

import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** The join's stores of a partition; their names are the names of their changelogs, so they never change. */
public final class JoinStores {
    /** The references of each document, with its last change. */
    public static final String DOCUMENTS = "join-documents";
    /** The vector of each key, and every document that refers to it. */
    public static final String SIDES = "join-sides";

    /** References without a vector: see {@link io.vectorferry.stream.join.OrphanReferences}. */
    public static final String ORPHANS = "join-orphans";

    public static final String COUNTS = "join-counts";

    private JoinStores() {}

    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> documents() {
        return store(DOCUMENTS);
    }

    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> sides() {
        return store(SIDES);
    }

    public static StoreBuilder<KeyValueStore<Bytes, byte[]>> orphans() {
        return store(ORPHANS);
    }

    /** Cached, so that a count is written once a commit however often it changed. */
    public static StoreBuilder<KeyValueStore<String, Long>> counts() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(COUNTS), Serdes.String(), Serdes.Long())
                .withCachingEnabled()
                .withLoggingEnabled(Map.of());
    }

    public static ProcessorSupplier<byte[], byte[], byte[], byte[]> with(
            Set<StoreBuilder<?>> stores, Supplier<Processor<byte[], byte[], byte[], byte[]>> processors) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<byte[], byte[], byte[], byte[]> get() {
                return processors.get();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                return stores;
            }
        };
    }

    private static StoreBuilder<KeyValueStore<Bytes, byte[]>> store(String name) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    /** Counts the joined changes of a partition, so that of a row that is gone nothing has to be remembered. */
    public static final class ChangeCount {
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

    /** Counts that stand and fall with the join's other state: written with it, and undone with it. */
    public static final class UnmatchedCounts {
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

    /**
     * Unmatched references and vectors of one partition.
     *
     * @param orphanReferences that are dead letters: no vector was there when a barrier passed
     */
    public record ReferenceCounts(long orphanReferences, long unreferencedVectors) {
        public static final ReferenceCounts ZERO = new ReferenceCounts(0, 0);
    }
}
