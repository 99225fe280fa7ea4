package io.vectorferry.stream.state;

import io.vectorferry.stream.state.PartitionCounters.StreamCounts;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/** The stores of a partition; their names are the names of their changelogs, so they never change. */
public final class StateStores {
    public static final String ROWS = "rows";
    public static final String COLLECTIONS = "collections";
    public static final String COUNTS = "counts";

    private StateStores() {}

    public static Set<StoreBuilder<?>> all() {
        return Set.of(rows(), collections(), counts());
    }

    /** Key: the source key's bytes as in {@code changes}, which begin with the collection. */
    private static StoreBuilder<KeyValueStore<Bytes, RowState>> rows() {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(ROWS), Serdes.Bytes(), serde(RowState::encode, RowState::decode))
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    private static StoreBuilder<KeyValueStore<String, CollectionState>> collections() {
        return Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(COLLECTIONS),
                        Serdes.String(),
                        serde(CollectionState::encode, CollectionState::decode))
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    private static StoreBuilder<KeyValueStore<String, StreamCounts>> counts() {
        return Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(COUNTS),
                        Serdes.String(),
                        serde(StreamCounts::encode, StreamCounts::decode))
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    private static <T> Serde<T> serde(Function<T, byte[]> encode, Function<byte[], T> decode) {
        return Serdes.serdeFrom(
                (String topic, @Nullable T value) -> value == null ? null : encode.apply(value),
                (String topic, byte @Nullable [] bytes) -> bytes == null ? null : decode.apply(bytes));
    }
}
