package io.vectorferry.stream;

import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** What the policies remember in a partition; the names are those of their changelogs, so they never change. */
final class IdStores {
    static final String IDS = "ids";
    static final String KEYS_BY_ID = "keys-by-id";
    static final String COUNT = "id-count";
    static final String OWNERS = "id-owners";

    private IdStores() {}

    /** Source key to allocated id. */
    static StoreBuilder<KeyValueStore<Bytes, Long>> ids() {
        return persistent(IDS, Serdes.Bytes(), Serdes.Long());
    }

    /** Target id to source key. */
    static StoreBuilder<KeyValueStore<Bytes, Bytes>> keysById() {
        return persistent(KEYS_BY_ID, Serdes.Bytes(), Serdes.Bytes());
    }

    static StoreBuilder<KeyValueStore<String, Long>> count() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(COUNT), Serdes.String(), Serdes.Long())
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    /** Table and id to the collection whose row it is. */
    static StoreBuilder<KeyValueStore<Bytes, String>> owners() {
        return persistent(OWNERS, Serdes.Bytes(), Serdes.String());
    }

    private static <K, V> StoreBuilder<KeyValueStore<K, V>> persistent(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), keys, values)
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }
}
