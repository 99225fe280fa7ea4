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

/** The join's stores of a partition; their names are the names of their changelogs, so they never change. */
public final class JoinStores {
    /** Of each document the references that it had, as its last change. */
    public static final String DOCUMENTS = "join-documents";
    /** Of each vector's key the vector, and every document that refers to it. */
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
}
