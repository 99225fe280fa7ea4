package io.vectorferry.verify.row;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Hashes what a row says and not how a store words it: vectors and fields in the order of their names, a NULL like a field that is
 * not there, every NaN of a payload field alike, the declared types left out since stores turn some into others. Of the vector
 * every bit counts. For one thread.
 */
public final class RowHasher {
    private static final Hasher128 HASHER = Hashing.xxh3_128();
    private static final byte VECTOR = 1;
    private static final byte FIELD = 2;
    private static final byte TEXT = 8;

    /** The bytes to hash, collected first: many small updates of a hash cost more than the hash. */
    private final EncodedBytes content = new EncodedBytes();

    private FieldOrder order = FieldOrder.NONE;

    public RowHash of(Row row) {
        content.clear();
        if (row.vectorCount() > 1) {
            row.vectors().stream()
                    .sorted(Comparator.comparing(VectorColumn::name))
                    .forEach(this::add);
        } else if (row.vectorCount() == 1) {
            add(row.vectorAt(0));
        }
        List<Field> fields = row.fields();
        if (!order.isOf(fields)) {
            order = FieldOrder.of(fields);
        }
        for (int at : order.order()) {
            Field field = fields.get(at);
            if (!(field.value() instanceof Value.Null)) {
                byte[] name = order.encodedNames().get(at);
                number(FIELD, name.length);
                content.put(name);
                add(field.value());
            }
        }
        HashValue128 sum = HASHER.hashBytesTo128Bits(content.array(), 0, content.size());
        return new RowHash(sum.getMostSignificantBits(), sum.getLeastSignificantBits());
    }

    /** The dimension follows from the bytes; of a sparse vector, and of bits beside whole bytes, not every store keeps it. */
    private void add(VectorColumn column) {
        Vector vector = column.vector();
        if (vector == null) {
            return;
        }
        text(column.name());
        text(vector.element().name());
        number(VECTOR, vector.values().size());
        content.put(vector.buffer());
    }

    private void add(Value value) {
        switch (value) {
            case Value.Null() -> number((byte) 0, 0);
            case Value.Bool(boolean bool) -> number((byte) 1, bool ? 1 : 0);
            case Value.Whole(long whole) -> number((byte) 2, whole);
            case Value.Real32(float real) -> number((byte) 3, Float.floatToIntBits(real));
            case Value.Real64(double real) -> number((byte) 4, Double.doubleToLongBits(real));
            case Value.Text(String text) -> {
                number((byte) 5, 0);
                text(text);
            }
            case Value.Bytes(var bytes) -> {
                number((byte) 6, bytes.size());
                content.put(bytes.asReadOnlyByteBuffer());
            }
            case Value.Items(var items) -> {
                number((byte) 7, items.size());
                items.forEach(this::add);
            }
        }
    }

    private void text(String text) {
        content.put(TEXT);
        content.putText(text);
    }

    private void number(byte tag, long number) {
        content.put(tag);
        content.putLong(number);
    }

    /**
     * 128 bits of XXH3 of a row's canonical form. Accidental collisions are negligible; not collision-resistant
     * against an attacker who controls row contents.
     */
    public record RowHash(long high, long low) {}

    /** The order of a row's fields by name, computed once for all rows with the same fields. */
    public record FieldOrder(List<String> names, List<Integer> order, List<byte[]> encodedNames) {
        public static final FieldOrder NONE = of(List.of());

        public static FieldOrder of(List<Field> fields) {
            List<String> names = fields.stream().map(Field::name).toList();
            List<Integer> order = IntStream.range(0, names.size())
                    .boxed()
                    .sorted(Comparator.comparing(names::get))
                    .toList();
            return new FieldOrder(
                    names,
                    order,
                    names.stream()
                            .map(name -> name.getBytes(StandardCharsets.UTF_8))
                            .toList());
        }

        public boolean isOf(List<Field> fields) {
            int size = fields.size();
            if (size != names.size()) {
                return false;
            }
            for (int i = 0; i < size; i++) {
                if (!fields.get(i).name().equals(names.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Bytes that are gathered one after the other, and again from the first one: as large as the most that were. For one thread. */
    public static final class EncodedBytes {
        private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
        private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
        private static final int FIRST_BYTES = 8 * 1024;
        private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

        private byte[] array = new byte[FIRST_BYTES];
        private int size;

        /** Up to {@link #size()}; another one after more was put. */
        public byte[] array() {
            return array;
        }

        public int size() {
            return size;
        }

        public void clear() {
            size = 0;
        }

        public void put(byte one) {
            room(1);
            array[size++] = one;
        }

        public void putInt(int number) {
            room(Integer.BYTES);
            INT.set(array, size, number);
            size += Integer.BYTES;
        }

        /** Over what was put there. */
        public void setInt(int at, int number) {
            INT.set(array, at, number);
        }

        public void putLong(long number) {
            room(Long.BYTES);
            LONG.set(array, size, number);
            size += Long.BYTES;
        }

        public void put(byte[] bytes) {
            room(bytes.length);
            System.arraycopy(bytes, 0, array, size, bytes.length);
            size += bytes.length;
        }

        public void put(ByteBuffer bytes) {
            int length = bytes.remaining();
            room(length);
            bytes.get(array, size, length);
            size += length;
        }

        /** Writes the text with its length, so that what follows is not mistaken for a part of it. */
        public void putText(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            putInt(bytes.length);
            put(bytes);
        }

        private void room(int bytes) {
            if (array.length - size < bytes) {
                int needed = Math.addExact(size, bytes);
                array = Arrays.copyOf(array, Math.max(needed, Math.clamp(2L * array.length, 0, MOST_BYTES)));
            }
        }
    }
}
