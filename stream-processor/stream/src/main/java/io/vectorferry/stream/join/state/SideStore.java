package io.vectorferry.stream.join.state;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.rules.ReferenceKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** Changes by kind and key in one store. */
public final class SideStore {
    /** The first byte of a key. */
    public enum Kind {
        ROW('r'),
        REFERENCE('d'),
        JOINED('j'),
        BARRIER('b'),
        FLOOR('f'),
        UNREFERENCED('u'),
        GENERATION('g'),
        SWEEP('s');

        private final byte letter;

        Kind(char letter) {
            this.letter = (byte) letter;
        }
    }

    private final KeyValueStore<Bytes, byte[]> store;

    public SideStore(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    public Optional<Change> get(Kind kind, SourceKey key) {
        return Optional.ofNullable(store.get(at(kind, key))).map(Codecs.CHANGE::decode);
    }

    public void put(Kind kind, SourceKey key, Change change) {
        store.put(at(kind, key), encoded(change));
    }

    public void delete(Kind kind, SourceKey key) {
        store.delete(at(kind, key));
    }

    /** Whose key begins with the key, in the order of their bytes, as a copy. */
    public List<Change> under(Kind kind, SourceKey key) {
        List<Change> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.prefixScan(at(kind, key), new BytesSerializer())) {
            while (all.hasNext()) {
                found.add(Codecs.CHANGE.decode(all.next().value));
            }
        }
        return found;
    }

    /** Visits the keys in the same way. */
    public List<SourceKey> keysUnder(Kind kind, SourceKey key) {
        List<SourceKey> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.prefixScan(at(kind, key), new BytesSerializer())) {
            while (all.hasNext()) {
                found.add(keyOf(all.next().key));
            }
        }
        return found;
    }

    public Optional<Change> firstUnder(Kind kind, SourceKey key) {
        try (KeyValueIterator<Bytes, byte[]> all = store.prefixScan(at(kind, key), new BytesSerializer())) {
            return all.hasNext() ? Optional.of(Codecs.CHANGE.decode(all.next().value)) : Optional.empty();
        }
    }

    /** @param next the first key that was not looked at; empty at the end */
    record Older(List<SourceKey> keys, Optional<SourceKey> next) {}

    /**
     * The keys of upserts of that kind that are older.
     *
     * @param from the first key to look at; empty: the first of the kind
     * @param most how many are looked at
     */
    Older upsertsOlderThan(Kind kind, SourcePosition position, Optional<SourceKey> from, int most) {
        List<SourceKey> older = new ArrayList<>();
        Bytes first = from.map(key -> at(kind, key)).orElse(Bytes.wrap(new byte[] {kind.letter}));
        Bytes end = Bytes.wrap(new byte[] {(byte) (kind.letter + 1)});
        try (KeyValueIterator<Bytes, byte[]> all = store.range(first, end)) {
            for (int looked = 0; all.hasNext(); looked++) {
                if (looked == most) {
                    return new Older(older, Optional.of(keyOf(all.peekNextKey())));
                }
                KeyValue<Bytes, byte[]> one = all.next();
                if (Codecs.CHANGE.decode(one.value) instanceof Change.Upsert upsert
                        && position.isAfter(upsert.position())) {
                    older.add(keyOf(one.key));
                }
            }
        }
        return new Older(older, Optional.empty());
    }

    public static byte[] encoded(Change change) {
        return Objects.requireNonNull(Codecs.CHANGE.encode(change), "a change has bytes");
    }

    private static SourceKey keyOf(Bytes stored) {
        byte[] key = stored.get();
        return Codecs.SOURCE_KEY.decode(Arrays.copyOfRange(key, 1, key.length));
    }

    private static Bytes at(Kind kind, SourceKey key) {
        byte[] bytes = ReferenceKeys.bytes(key);
        return Bytes.wrap(ByteBuffer.allocate(1 + bytes.length)
                .put(kind.letter)
                .put(bytes)
                .array());
    }
}
