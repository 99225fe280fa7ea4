package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * Where each id lies in the table, so that a batch is located without a scan. A number is its own key; of a text the
 * first 128 bits of its SHA-256 stand for it, which no two texts share in practice. Costs 23 to 46 bytes a row for
 * numbers and 34 to 69 for texts. For one thread.
 */
final class KeyIndex {
    static final long ABSENT = -1;
    private static final int INITIAL_SLOTS = 1 << 10;
    private static final int LOAD_NUMERATOR = 7;
    private static final int LOAD_DENOMINATOR = 10;

    private record Key(long high, long low) {}

    private final IdKind kind;
    private final MessageDigest digest;
    private long[] high = new long[INITIAL_SLOTS];
    private long[] low;
    private long[] addresses = new long[INITIAL_SLOTS];
    private int size;

    KeyIndex(IdKind kind) {
        this.kind = kind;
        low = new long[kind == IdKind.TEXT ? INITIAL_SLOTS : 0];
        Arrays.fill(addresses, ABSENT);
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    int size() {
        return size;
    }

    /** The row's address, or {@link #ABSENT}. */
    long get(TargetKey.Id id) {
        return addresses[slotOf(keyOf(id))];
    }

    void put(TargetKey.Id id, long address) {
        put(keyOf(id), address);
    }

    void putNumber(long id, long address) {
        put(new Key(id, 0), address);
    }

    void putText(byte[] utf8, long address) {
        put(hash(utf8), address);
    }

    void remove(TargetKey.Id id) {
        int slot = slotOf(keyOf(id));
        if (addresses[slot] == ABSENT) {
            return;
        }
        size--;
        close(slot);
    }

    private void put(Key key, long address) {
        int slot = slotOf(key);
        if (addresses[slot] == ABSENT) {
            if ((long) (size + 1) * LOAD_DENOMINATOR > (long) addresses.length * LOAD_NUMERATOR) {
                grow();
                slot = slotOf(key);
            }
            size++;
        }
        set(slot, key.high, key.low, address);
    }

    /** Moves later entries of the probe chain into the hole, so that none is cut off. */
    private void close(int freed) {
        int mask = addresses.length - 1;
        int hole = freed;
        for (int next = (hole + 1) & mask; addresses[next] != ABSENT; next = (next + 1) & mask) {
            int home = home(high[next], lowAt(next));
            if (((next - home) & mask) >= ((next - hole) & mask)) {
                set(hole, high[next], lowAt(next), addresses[next]);
                hole = next;
            }
        }
        addresses[hole] = ABSENT;
    }

    private int slotOf(Key key) {
        int mask = addresses.length - 1;
        int slot = home(key.high, key.low);
        while (addresses[slot] != ABSENT && (high[slot] != key.high || lowAt(slot) != key.low)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private int home(long keyHigh, long keyLow) {
        long mixed = (keyHigh ^ keyLow) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & (addresses.length - 1);
    }

    private long lowAt(int slot) {
        return low.length == 0 ? 0 : low[slot];
    }

    private void set(int slot, long keyHigh, long keyLow, long address) {
        high[slot] = keyHigh;
        if (low.length > 0) {
            low[slot] = keyLow;
        }
        addresses[slot] = address;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        long[] oldAddresses = addresses;
        int slots = Math.multiplyExact(oldAddresses.length, 2);
        high = new long[slots];
        low = new long[oldLow.length == 0 ? 0 : slots];
        addresses = new long[slots];
        Arrays.fill(addresses, ABSENT);
        for (int i = 0; i < oldAddresses.length; i++) {
            if (oldAddresses[i] != ABSENT) {
                long keyLow = oldLow.length == 0 ? 0 : oldLow[i];
                set(slotOf(new Key(oldHigh[i], keyLow)), oldHigh[i], keyLow, oldAddresses[i]);
            }
        }
    }

    private Key keyOf(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> kind == IdKind.NUMBER ? new Key(value, 0) : refuse();
            case TargetKey.TextId(String value) ->
                kind == IdKind.TEXT ? hash(value.getBytes(StandardCharsets.UTF_8)) : refuse();
        };
    }

    private Key refuse() {
        throw new IllegalArgumentException("the table's ids are of kind " + kind);
    }

    private Key hash(byte[] utf8) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(utf8));
        return new Key(hash.getLong(), hash.getLong());
    }
}
