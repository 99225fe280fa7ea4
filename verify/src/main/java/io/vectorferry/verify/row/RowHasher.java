package io.vectorferry.verify.row;

import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.util.List;

/**
 * Hashes what a row says and not how a store words it: fields in the order of their names, a NULL like a field that is
 * not there, every NaN of a payload field alike, the declared types left out since stores turn some into others. Of the vector
 * every bit counts. For one thread.
 */
public final class RowHasher {
    private static final Hasher128 HASHER = Hashing.xxh3_128();
    private static final byte VECTOR = 1;
    private static final byte FIELD = 2;
    private static final byte TEXT = 8;

    /** What is hashed, gathered first: many small updates of a hash cost more than the hash. */
    private final EncodedBytes content = new EncodedBytes();

    private FieldOrder order = FieldOrder.NONE;

    public RowHash of(Row row) {
        content.clear();
        VectorColumn column = row.vectorColumn();
        if (column != null && column.vector() != null) {
            add(column.name(), column.vector());
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
    private void add(String name, Vector vector) {
        text(name);
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
}
