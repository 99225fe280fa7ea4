package io.vectorferry.stream.join;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ReferenceKeys;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * References without a vector. Each waits until a barrier passes that was issued after it arrived: its vector was then
 * written before that barrier, or does not exist, and the reference is declared an orphan. No clock decides that: a
 * barrier was issued after a reference arrived if, when it was issued, a target already held a barrier that arrived
 * here later than the reference. Waiting references are in order of arrival, so that a barrier visits only those that
 * are due.
 */
public final class OrphanReferences {
    private static final byte WAITING = 'w';
    private static final byte LOGGED = 'l';
    private static final byte REFERENCE = 'r';
    private static final long DECLARED = -1;
    private static final byte[] NOTHING = new byte[0];

    /** Version 0.1 kept microseconds since the epoch where a sequence is now; no sequence is as great. */
    private static final long LEAST_MICROS = 1_000_000_000_000_000L;

    private final KeyValueStore<Bytes, byte[]> store;

    /**
     * The arrival of a reference.
     *
     * @param sequence the greatest of the barriers that had come before
     * @param isLogged whether a later barrier with a greater sequence comes after it in the log of both sides
     */
    record Since(long sequence, boolean isLogged) {}

    OrphanReferences(KeyValueStore<Bytes, byte[]> store) {
        this.store = store;
    }

    /** Unless it is known already. */
    public void add(SourceKey reference, Since since) {
        Bytes key = of(reference);
        if (store.get(key) == null) {
            store.put(key, bytes(since.sequence()));
            store.put(waiting(since.isLogged() ? LOGGED : WAITING, since.sequence(), reference), NOTHING);
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
        long sequence = ByteBuffer.wrap(since).getLong();
        if (sequence != DECLARED) {
            store.delete(waiting(WAITING, sequence, reference));
            store.delete(waiting(LOGGED, sequence, reference));
        }
        return sequence == DECLARED;
    }

    /** Returns the orphans of the vector with that key. */
    List<SourceKey> under(SourceKey vector) {
        List<SourceKey> found = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all = store.prefixScan(of(vector), new BytesSerializer())) {
            while (all.hasNext()) {
                found.add(decoded(all.next().key, 1));
            }
        }
        return found;
    }

    /** Declares those of which the barrier, which has passed on every way, says that their vector is not there; the oldest first. */
    List<SourceKey> declare(Barrier passed, int max) {
        List<SourceKey> due = new ArrayList<>();
        collect(waiting(LOGGED, 0), waiting(LOGGED, passed.sequence()), max, due);
        collect(waiting(WAITING, 0), waiting(WAITING, passed.acknowledged()), max, due);
        if (passed.acknowledged() > 0) {
            collect(waiting(WAITING, LEAST_MICROS), waiting(WAITING, Long.MAX_VALUE), max, due);
        }
        for (SourceKey reference : due) {
            remove(reference);
            store.put(of(reference), bytes(DECLARED));
        }
        return due;
    }

    private void collect(Bytes from, Bytes before, int max, List<SourceKey> due) {
        try (KeyValueIterator<Bytes, byte[]> waiting = store.range(from, before)) {
            while (waiting.hasNext() && due.size() < max) {
                due.add(decoded(waiting.next().key, 1 + Long.BYTES));
            }
        }
    }

    private static SourceKey decoded(Bytes key, int from) {
        return Codecs.SOURCE_KEY.decode(Arrays.copyOfRange(key.get(), from, key.get().length));
    }

    private static Bytes of(SourceKey reference) {
        byte[] bytes = ReferenceKeys.bytes(reference);
        return Bytes.wrap(
                ByteBuffer.allocate(1 + bytes.length).put(REFERENCE).put(bytes).array());
    }

    private static Bytes waiting(byte kind, long sequence) {
        return Bytes.wrap(
                ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(sequence).array());
    }

    private static Bytes waiting(byte kind, long sequence, SourceKey reference) {
        byte[] bytes = ReferenceKeys.bytes(reference);
        return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES + bytes.length)
                .put(kind)
                .putLong(sequence)
                .put(bytes)
                .array());
    }

    private static byte[] bytes(long sequence) {
        return ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
    }

    /** Orphan references as dead letters, under the reference's key. They hold ids alone. */
    static final class OrphanLetters {
        static final String SINK = "orphan-references-sink";

        private static final String STAGE = "stream";

        private final ProcessorContext<byte[], byte[]> context;

        OrphanLetters(ProcessorContext<byte[], byte[]> context) {
            this.context = context;
        }

        void declare(SourceKey reference) {
            send(
                    reference,
                    new DeadLetter(
                            ErrorType.ORPHAN_REFERENCE,
                            "%s refers to vector %s, which does not exist"
                                    .formatted(shown(documentOf(reference)), shown(vectorOf(reference))),
                            STAGE,
                            false,
                            nowMicros(),
                            new DeadLetter.Origin("", 0, 0),
                            SourcePosition.snapshot(0),
                            ByteString.EMPTY));
        }

        void withdraw(SourceKey reference) {
            send(reference, DeadLetter.withdrawal(ErrorType.ORPHAN_REFERENCE, "", STAGE, nowMicros()));
        }

        private void send(SourceKey reference, DeadLetter letter) {
            byte[] value = Objects.requireNonNull(Codecs.DEAD_LETTER.encode(letter), "a letter has bytes");
            context.forward(new Record<>(ReferenceKeys.bytes(reference), value, context.currentSystemTimeMs()), SINK);
        }

        private long nowMicros() {
            return Micros.ofMillis(context.currentSystemTimeMs());
        }

        private static List<Value> vectorOf(SourceKey reference) {
            return List.of(reference.parts().getFirst());
        }

        private static List<Value> documentOf(SourceKey reference) {
            return reference.parts().getLast() instanceof Value.Items(List<Value> document) ? document : List.of();
        }

        private static String shown(List<Value> key) {
            return key.stream()
                    .map(part -> switch (part) {
                        case Value.Text(String text) -> text;
                        case Value.Whole(long whole) -> Long.toString(whole);
                        case Value.Bool(boolean bool) -> Boolean.toString(bool);
                        case Value.Real32(float real) -> Float.toString(real);
                        case Value.Real64(double real) -> Double.toString(real);
                        case Value.Null n -> "NULL";
                        case Value.Bytes b -> "(bytes)";
                        case Value.Items(List<Value> items) -> shown(items);
                    })
                    .collect(Collectors.joining(","));
        }
    }
}
