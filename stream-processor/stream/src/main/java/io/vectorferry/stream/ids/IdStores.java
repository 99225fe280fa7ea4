package io.vectorferry.stream.ids;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.rules.ids.IdRule;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The state stores of ids, and keys and ids as their keys. The names are those of their changelogs, so they never change. */
public final class IdStores {
    static final String IDS = "ids";
    static final String KEYS_BY_ID = "keys-by-id";
    static final String COUNT = "id-count";
    static final String OWNERS = "id-owners";

    private IdStores() {}

    /** Returns the stores that a rule needs in each partition. */
    public static Set<StoreBuilder<?>> of(IdRule rule) {
        return switch (rule.policy()) {
            case PRESERVE -> rule.shared().isEmpty() ? Set.of() : Set.of(owners());
            case UUID5 -> Set.of(keysById());
            case ALLOCATE -> Set.of(ids(), keysById(), count());
        };
    }

    static Bytes bytes(SourceKey key) {
        return Bytes.wrap(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
    }

    static Bytes bytes(TargetKey.Id id) {
        return bytes("", id);
    }

    static Bytes bytes(String table, TargetKey.Id id) {
        return Bytes.wrap(
                Objects.requireNonNull(Codecs.TARGET_KEY.encode(new TargetKey(table, id)), "an id has bytes"));
    }

    /** Source key to allocated id. */
    private static StoreBuilder<KeyValueStore<Bytes, Long>> ids() {
        return persistent(IDS, Serdes.Bytes(), Serdes.Long());
    }

    /** Target id to source key. */
    private static StoreBuilder<KeyValueStore<Bytes, Bytes>> keysById() {
        return persistent(KEYS_BY_ID, Serdes.Bytes(), Serdes.Bytes());
    }

    private static StoreBuilder<KeyValueStore<String, Long>> count() {
        return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(COUNT), Serdes.String(), Serdes.Long())
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }

    /** Table and id to the collection whose row it is. */
    private static StoreBuilder<KeyValueStore<Bytes, String>> owners() {
        return persistent(OWNERS, Serdes.Bytes(), Serdes.String());
    }

    private static <K, V> StoreBuilder<KeyValueStore<K, V>> persistent(String name, Serde<K> keys, Serde<V> values) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), keys, values)
                .withCachingDisabled()
                .withLoggingEnabled(Map.of());
    }
}
