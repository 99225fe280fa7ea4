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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Hashes what a row says and not how a store words it: fields in the order of their names, a NULL like a field that is
 * not there, every NaN of a payload field alike, the declared types left out since stores turn some into others. Of the vector
 * every bit counts. For one thread.
 */
public final class RowHasher {
    private static final byte VECTOR = 1;
    private static final byte FIELD = 2;

    private static final int FIRST_BYTES = 8 * 1024;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 8;
    private static final Comparator<Field> BY_NAME = Comparator.comparing(Field::name);

    private final MessageDigest digest;

    /** What is hashed, gathered first: many small updates of the digest cost more than the hash. As large as the largest row. */
    private ByteBuffer content = ByteBuffer.allocate(FIRST_BYTES);

    public RowHasher() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public RowHash of(Row row) {
        content.clear();
        VectorColumn column = row.vectorColumn();
        if (column != null && column.vector() != null) {
            add(column.name(), column.vector());
        }
        List<Field> fields = new ArrayList<>(row.fields());
        fields.removeIf(field -> field.value() instanceof Value.Null);
        fields.sort(BY_NAME);
        for (Field field : fields) {
            number(FIELD, fields.size());
            text(field.name());
            add(field.value());
        }
        digest.update(content.array(), 0, content.position());
        ByteBuffer sum = ByteBuffer.wrap(digest.digest());
        return new RowHash(sum.getLong(), sum.getLong());
    }

    /** The dimension follows from the bytes; of a sparse vector, and of bits beside whole bytes, not every store keeps it. */
    private void add(String name, Vector vector) {
        text(name);
        text(vector.element().name());
        number(VECTOR, vector.values().size());
        bytes(vector.buffer());
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
                bytes(bytes.asReadOnlyByteBuffer());
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
        bytes(ByteBuffer.wrap(bytes));
    }

    private void number(byte tag, long number) {
        room(1 + Long.BYTES).put(tag).putLong(number);
    }

    private void bytes(ByteBuffer bytes) {
        room(bytes.remaining()).put(bytes);
    }

    private ByteBuffer room(int bytes) {
        if (content.remaining() < bytes) {
            int needed = Math.addExact(content.position(), bytes);
            content = ByteBuffer.allocate(Math.max(needed, Math.clamp(2L * content.capacity(), 0, MOST_BYTES)))
                    .put(content.flip());
        }
        return content;
    }
}
