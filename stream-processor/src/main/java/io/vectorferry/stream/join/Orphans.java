package io.vectorferry.stream.join;

import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * References whose vector is not there. Each waits until a barrier passes that was issued after it came, since what it
 * refers to was then written before that barrier, or is not there; from then on it is declared. Those that wait stand in
 * the order in which they came, so that a barrier looks at none that is not due.
 */
final class Orphans {
    private static final byte WAITING = 'w';
    private static final byte REFERENCE = 'r';
    private static final long DECLARED = -1;
    private static final byte[] NOTHING = new byte[0];

    private final KeyValueStore<Bytes, byte[]> store;

    Orphans(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Unless it is known already. */
    void add(SourceKey reference, long nowMicros) {
        Bytes key = of(reference);
        if (store.get(key) == null) {
            store.put(key, bytes(nowMicros));
            store.put(waiting(nowMicros, reference), NOTHING);
        }
    }

    /** Returns whether it had been declared. */
    boolean remove(SourceKey reference) {
        Bytes key = of(reference);
        byte[] since = store.get(key);
        if (since == null) {
            return false;
        }
        store.delete(key);
        long micros = ByteBuffer.wrap(since).getLong();
        if (micros != DECLARED) {
            store.delete(waiting(micros, reference));
        }
        return micros == DECLARED;
    }

    /** Of the vector with that key. */
    List<SourceKey> under(SourceKey vector) {
        List<SourceKey> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.prefixScan(of(vector), new BytesSerializer())) {
            while (all.hasNext()) {
                found.add(decoded(all.next().key, 1));
            }
        }
        return found;
    }

    /** Declares those that came before then, the oldest first. */
    List<SourceKey> declare(long beforeMicros, int max) {
        List<SourceKey> due = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> waiting = store.range(waiting(0), waiting(beforeMicros))) {
            while (waiting.hasNext() && due.size() < max) {
                due.add(decoded(waiting.next().key, 1 + Long.BYTES));
            }
        }
        for (SourceKey reference : due) {
            remove(reference);
            store.put(of(reference), bytes(DECLARED));
        }
        return due;
    }

    private static SourceKey decoded(Bytes key, int from) {
        return Codecs.SOURCE_KEY.decode(Arrays.copyOfRange(key.get(), from, key.get().length));
    }

    private static Bytes of(SourceKey reference) {
        byte[] bytes = ReferenceKeys.bytes(reference);
        return Bytes.wrap(
                ByteBuffer.allocate(1 + bytes.length).put(REFERENCE).put(bytes).array());
    }

    private static Bytes waiting(long micros) {
        return Bytes.wrap(
                ByteBuffer.allocate(1 + Long.BYTES).put(WAITING).putLong(micros).array());
    }

    private static Bytes waiting(long micros, SourceKey reference) {
        byte[] bytes = ReferenceKeys.bytes(reference);
        return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES + bytes.length)
                .put(WAITING)
                .putLong(micros)
                .put(bytes)
                .array());
    }

    private static byte[] bytes(long micros) {
        return ByteBuffer.allocate(Long.BYTES).putLong(micros).array();
    }
}
