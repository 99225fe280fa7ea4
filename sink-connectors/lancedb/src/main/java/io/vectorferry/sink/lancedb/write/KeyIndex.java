package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The locations of the ids in the table, so that a batch is located without a scan. It is kept outside the Java heap,
 * as 256 hash tables that grow by an eighth, one at a time. A number is its own key; a text is represented by the
 * first 96 bits of its SHA-256, which no two texts share in practice (of 100 million with a probability of 10^-13).
 * For one thread.
 */
public final class KeyIndex implements AutoCloseable {
    static final long ABSENT = -1;

    /** The largest address that can be kept. */
    static final long MAX_ADDRESS = (1L << 40) - 2;

    /** An entry: 56 bits of the key and the upper 8 of the address, its lower 32, and of a text 32 more bits of the key. */
    private static final int NUMBER_BYTES = 12;

    private static final int TEXT_BYTES = 16;
    private static final int ADDRESS_AT = 8;
    private static final int LOW_AT = 12;

    private static final int PART_BITS = 8;
    private static final int PARTS = 1 << PART_BITS;
    private static final long KEY_MASK = -1L >>> PART_BITS;
    private static final int MIN_SLOTS = 16;

    /** How full a part may be: at 88 % a search for an id that is not there looks at 35 entries, which lie side by side. */
    private static final int LOAD_NUMERATOR = 22;

    private static final int LOAD_DENOMINATOR = 25;
    private static final int GROWTH_DIVISOR = 8;

    /** How much fuller than the mean some part may be, in standard deviations. */
    private static final int SPREAD = 5;

    private final IdKind kind;
    private final int entryBytes;
    private final MessageDigest digest;
    /** Takes as many bytes as it is asked for: Arrow would round up to a power of two. */
    private final BufferAllocator allocator =
            new RootAllocator(AllocationListener.NOOP, Long.MAX_VALUE, requested -> requested);

    private final Part[] parts = new Part[PARTS];
    private long size;

    /** The bits of a key beside those that choose its part. */
    private record Key(int part, long high, int low) {
        static Key of(long hash, int low) {
            return new Key((int) (hash >>> (Long.SIZE - PART_BITS)), hash & KEY_MASK, low);
        }
    }

    /** @param expected how many ids will come at once; more may follow */
    KeyIndex(IdKind kind, long expected) {
        this.kind = kind;
        this.entryBytes = kind == IdKind.TEXT ? TEXT_BYTES : NUMBER_BYTES;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        double mean = (double) expected / PARTS;
        int slots = expected == 0 ? 0 : slotsFor((long) Math.ceil(mean + SPREAD * Math.sqrt(mean)));
        for (int part = 0; part < PARTS; part++) {
            parts[part] = new Part(slots);
        }
    }

    /** The most bytes that it takes of memory for so many ids. */
    public static long bytesFor(IdKind kind, long ids) {
        int entry = kind == IdKind.TEXT ? TEXT_BYTES : NUMBER_BYTES;
        return ids * entry / LOAD_NUMERATOR * LOAD_DENOMINATOR / GROWTH_DIVISOR * (GROWTH_DIVISOR + 1);
    }

    public long size() {
        return size;
    }

    /** Bytes of memory that it takes now. */
    long bytes() {
        return allocator.getAllocatedMemory();
    }

    /** The row's address, or {@link #ABSENT}. */
    public long get(TargetKey.Id id) {
        Key key = keyOf(id);
        return parts[key.part].get(key);
    }

    public void put(TargetKey.Id id, long address) {
        put(keyOf(id), address);
    }

    void putNumber(long id, long address) {
        put(keyOf(id), address);
    }

    void putText(byte[] utf8, long address) {
        put(hash(utf8), address);
    }

    public void remove(TargetKey.Id id) {
        Key key = keyOf(id);
        size -= parts[key.part].remove(key) ? 1 : 0;
    }

    private void put(Key key, long address) {
        if (address < 0 || address > MAX_ADDRESS) {
            throw new IllegalArgumentException("no address of a row: " + address);
        }
        size += parts[key.part].put(key, address) ? 1 : 0;
    }

    private static int slotsFor(long ids) {
        return (int) Math.max(MIN_SLOTS, ids * LOAD_DENOMINATOR / LOAD_NUMERATOR + 1);
    }

    private Key keyOf(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> kind == IdKind.NUMBER ? keyOf(value) : refuse();
            case TargetKey.TextId(String value) ->
                kind == IdKind.TEXT ? hash(value.getBytes(StandardCharsets.UTF_8)) : refuse();
        };
    }

    /** Every number has a hash of its own (the last step of SplitMix64), so it represents the number exactly. */
    private static Key keyOf(long number) {
        long mixed = (number ^ (number >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return Key.of(mixed ^ (mixed >>> 31), 0);
    }

    private Key refuse() {
        throw new IllegalArgumentException("the table's ids are of kind " + kind);
    }

    private Key hash(byte[] utf8) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(utf8));
        return Key.of(hash.getLong(), hash.getInt());
    }

    @Override
    public void close() {
        for (Part part : parts) {
            part.free();
        }
        allocator.close();
    }

    /** A table with linear probing; entries lie near the place that their key's upper bits give. */
    private final class Part {
        private @Nullable ArrowBuf memory;
        private int slots;
        private int used;

        Part(int slots) {
            allocate(slots);
        }

        private void allocate(int wanted) {
            slots = wanted;
            memory = null;
            if (wanted > 0) {
                long bytes = (long) wanted * entryBytes;
                memory = allocator.buffer(bytes);
                memory.setOne(0, bytes); // the address of no row
            }
        }

        private ArrowBuf memory() {
            ArrowBuf present = memory;
            if (present == null) {
                throw new IllegalStateException("a part without entries has no memory");
            }
            return present;
        }

        long get(Key key) {
            return slots == 0 ? ABSENT : address(slotOf(key.high, key.low));
        }

        /** True: the key is new. */
        boolean put(Key key, long address) {
            int slot = slots == 0 ? 0 : slotOf(key.high, key.low);
            boolean added = slots == 0 || address(slot) == ABSENT;
            if (added) {
                if ((long) (used + 1) * LOAD_DENOMINATOR > (long) slots * LOAD_NUMERATOR) {
                    grow();
                    slot = slotOf(key.high, key.low);
                }
                used++;
            }
            set(slot, key.high, key.low, address);
            return added;
        }

        /** Moves later entries into the hole, so that none is cut off. */
        boolean remove(Key key) {
            int hole = slots == 0 ? 0 : slotOf(key.high, key.low);
            if (slots == 0 || address(hole) == ABSENT) {
                return false;
            }
            for (int next = after(hole); address(next) != ABSENT; next = after(next)) {
                if (distance(home(high(next)), next) >= distance(hole, next)) {
                    set(hole, high(next), low(next), address(next));
                    hole = next;
                }
            }
            memory().setOne((long) hole * entryBytes, (long) entryBytes);
            used--;
            return true;
        }

        private void grow() {
            ArrowBuf before = memory;
            int slotsBefore = slots;
            allocate(Math.max(MIN_SLOTS, Math.addExact(slots, slots / GROWTH_DIVISOR)));
            if (before != null) {
                try (before) {
                    for (int slot = 0; slot < slotsBefore; slot++) {
                        long at = (long) slot * entryBytes;
                        long address = address(before, at);
                        if (address != ABSENT) {
                            long high = before.getLong(at) >>> PART_BITS;
                            int low = low(before, at);
                            set(slotOf(high, low), high, low, address);
                        }
                    }
                }
            }
        }

        private int slotOf(long high, int low) {
            ArrowBuf present = memory();
            int slot = home(high);
            while (true) {
                long at = (long) slot * entryBytes;
                boolean same = present.getLong(at) >>> PART_BITS == high && low(present, at) == low;
                if (same || address(present, at) == ABSENT) {
                    return slot;
                }
                slot = after(slot);
            }
        }

        private int home(long high) {
            return (int) (((high >>> (Long.SIZE - PART_BITS - Integer.SIZE)) * slots) >>> Integer.SIZE);
        }

        private int after(int slot) {
            return slot + 1 == slots ? 0 : slot + 1;
        }

        private int distance(int from, int to) {
            return to >= from ? to - from : to - from + slots;
        }

        private long high(int slot) {
            return memory().getLong((long) slot * entryBytes) >>> PART_BITS;
        }

        private int low(int slot) {
            return low(memory(), (long) slot * entryBytes);
        }

        private int low(ArrowBuf of, long at) {
            return entryBytes == TEXT_BYTES ? of.getInt(at + LOW_AT) : 0;
        }

        private long address(int slot) {
            return address(memory(), (long) slot * entryBytes);
        }

        private static long address(ArrowBuf of, long at) {
            long address = ((of.getLong(at) & 0xFF) << Integer.SIZE) | (of.getInt(at + ADDRESS_AT) & 0xFFFF_FFFFL);
            return address > MAX_ADDRESS ? ABSENT : address;
        }

        private void set(int slot, long high, int low, long address) {
            ArrowBuf present = memory();
            long at = (long) slot * entryBytes;
            present.setLong(at, (high << PART_BITS) | (address >>> Integer.SIZE));
            present.setInt(at + ADDRESS_AT, (int) address);
            if (entryBytes == TEXT_BYTES) {
                present.setInt(at + LOW_AT, low);
            }
        }

        void free() {
            if (memory != null) {
                memory.close();
                memory = null;
                slots = 0;
            }
        }
    }
}
