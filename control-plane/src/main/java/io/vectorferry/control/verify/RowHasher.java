package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorColumn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Hashes what a row says and not how a store words it: fields in the order of their names, a NULL like a field that is
 * not there, every NaN of a payload field alike, the declared types left out since stores turn some into others. Of the vector
 * every bit counts. For one thread.
 */
public final class RowHasher {
    private static final byte VECTOR = 1;
    private static final byte FIELD = 2;

    private final MessageDigest digest;
    private final ByteBuffer head = ByteBuffer.allocate(1 + Long.BYTES);

    public RowHasher() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public RowHash of(Row row) {
        VectorColumn column = row.vectorColumn();
        if (column != null && column.vector() != null) {
            add(column.name(), column.vector());
        }
        Field[] fields = row.fields().stream()
                .filter(field -> !(field.value() instanceof Value.Null))
                .toArray(Field[]::new);
        Arrays.sort(fields, Comparator.comparing(Field::name));
        for (Field field : fields) {
            number(FIELD, fields.length);
            text(field.name());
            add(field.value());
        }
        ByteBuffer sum = ByteBuffer.wrap(digest.digest());
        return new RowHash(sum.getLong(), sum.getLong());
    }

    /** The dimension follows from the bytes; of a sparse vector, and of bits beside whole bytes, not every store keeps it. */
    private void add(String name, Vector vector) {
        text(name);
        text(vector.element().name());
        number(VECTOR, vector.values().size());
        digest.update(vector.buffer());
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
                digest.update(bytes.asReadOnlyByteBuffer());
            }
            case Value.Items(var items) -> {
                number((byte) 7, items.size());
                items.forEach(this::add);
            }
        }
    }

    private void text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        number((byte) 8, bytes.length);
        digest.update(bytes);
    }

    private void number(byte tag, long number) {
        digest.update(head.clear().put(tag).putLong(number).flip());
    }
}
