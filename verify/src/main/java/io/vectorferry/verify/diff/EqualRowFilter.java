package io.vectorferry.verify.diff;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The ids of a part that stand once on either side with the same hash, which are nearly all of them, found without an object
 * a row; the others are read one by one. For one thread.
 */
public final class EqualRowFilter {
    private static final byte UNSEEN = 0;
    private static final byte AGREES = 1;
    private static final byte OTHER = 2;
    private static final int NONE = -1;

    private final Side source;
    private final Side target;

    /** Where the entries of the source begin, in the order of the file. */
    private final int[] starts;

    /** What became of each. */
    private final byte[] states;

    /** Open addressing by the id: places in {@link #starts}, and {@link #NONE}. */
    private final int[] slots;

    /** The entries of a part as {@link SpilledEntry} writes them. */
    private static final class Side {
        final byte[] bytes;
        final ByteBuffer buffer;

        Side(byte[] bytes) {
            this.bytes = bytes;
            this.buffer = ByteBuffer.wrap(bytes);
        }

        int end() {
            return bytes.length;
        }

        int next(int at) {
            return at + buffer.getInt(at);
        }

        /** Behind the id. */
        int content(int at) {
            return at + SpilledEntry.HEAD_BYTES + buffer.getInt(at + Integer.BYTES);
        }

        SpilledEntry entry(int at) {
            return SpilledEntry.read(buffer.position(at));
        }
    }

    private int targetEntries;
    private int rows;

    EqualRowFilter(byte[] source, byte[] target) {
        this.source = new Side(source);
        this.target = new Side(target);
        this.starts = starts(this.source);
        this.states = new byte[starts.length];
        this.slots = new int[Integer.highestOneBit(Math.max(1, starts.length)) * 4];
        Arrays.fill(slots, NONE);
        for (int entry = 0; entry < starts.length; entry++) {
            place(entry);
        }
        for (int at = 0; at < target.length; at = this.target.next(at)) {
            targetEntries++;
            meet(at);
        }
    }

    /** How many they are. */
    public int rows() {
        return rows;
    }

    void otherSource(Consumer<SpilledEntry> entries) {
        if (rows == starts.length) {
            return;
        }
        for (int start : starts) {
            if (!agrees(source, start)) {
                entries.accept(source.entry(start));
            }
        }
    }

    void otherTarget(Consumer<SpilledEntry> entries) {
        if (rows == targetEntries) {
            return;
        }
        for (int at = 0; at < target.end(); at = target.next(at)) {
            if (!agrees(target, at)) {
                entries.accept(target.entry(at));
            }
        }
    }

    private void place(int entry) {
        int slot = slot(source, starts[entry]);
        if (slots[slot] == NONE) {
            slots[slot] = entry;
        } else {
            states[slots[slot]] = OTHER;
        }
    }

    private void meet(int at) {
        int entry = slots[slot(target, at)];
        if (entry == NONE) {
            return;
        }
        if (states[entry] == AGREES) {
            rows--;
        }
        boolean agrees = states[entry] == UNSEEN && sameHash(starts[entry], at);
        states[entry] = agrees ? AGREES : OTHER;
        rows += agrees ? 1 : 0;
    }

    private boolean agrees(Side side, int at) {
        int entry = slots[slot(side, at)];
        return entry != NONE && states[entry] == AGREES;
    }

    private boolean sameHash(int sourceAt, int targetAt) {
        int one = source.content(sourceAt);
        int other = target.content(targetAt);
        int bytes = 1 + SpilledEntry.HASH_BYTES;
        return source.bytes[one] == SpilledEntry.HASHED
                && Arrays.equals(source.bytes, one, one + bytes, target.bytes, other, other + bytes);
    }

    /** That of the id, or the free one where it belongs. */
    private int slot(Side side, int at) {
        int from = at + SpilledEntry.HEAD_BYTES;
        int to = side.content(at);
        int slot = hash(side.bytes, from, to) & (slots.length - 1);
        while (slots[slot] != NONE && !isId(starts[slots[slot]], side.bytes, from, to)) {
            slot = (slot + 1) & (slots.length - 1);
        }
        return slot;
    }

    private boolean isId(int sourceAt, byte[] id, int from, int to) {
        return Arrays.equals(source.bytes, sourceAt + SpilledEntry.HEAD_BYTES, source.content(sourceAt), id, from, to);
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 1;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + bytes[i];
        }
        hash *= 0x9E37_79B9;
        return hash ^ (hash >>> 15);
    }

    private static int[] starts(Side side) {
        int[] starts = new int[1_024];
        int size = 0;
        for (int at = 0; at < side.end(); at = side.next(at)) {
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, 2 * size);
            }
            starts[size++] = at;
        }
        return Arrays.copyOf(starts, size);
    }
}
