package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.postgresql.copy.CopyIn;

/**
 * Tuples of {@code COPY … FROM STDIN (FORMAT binary)}: what {@link BinaryValues} and {@link BinaryVectors} read, the
 * other way round. Gathers some and sends them. For one thread.
 */
public final class CopyBuffer {
    private static final byte[] HEADER = HexFormat.of().parseHex("5047434f50590aff0d0a00" + "0000000000000000");
    private static final byte[] TRAILER = {-1, -1};
    private static final int SEND_BYTES = 256 * 1024;
    private static final long EPOCH_DAYS = 10_957;
    private static final long EPOCH_MICROS = EPOCH_DAYS * 86_400_000_000L;
    private static final int NULL = -1;
    private static final int NUMERIC_NEGATIVE = 0x4000;
    private static final int NUMERIC_NAN = 0xC000;
    private static final int NUMERIC_INFINITY = 0xD000;
    private static final int NUMERIC_MINUS_INFINITY = 0xF000;
    private static final BigInteger GROUP = BigInteger.valueOf(10_000);

    private final CopyIn copy;
    private byte[] bytes = new byte[2 * SEND_BYTES];
    private int size;

    public CopyBuffer(CopyIn copy) {
        this.copy = copy;
        put(HEADER);
    }

    /** Begins the next tuple. */
    public void row(int fields) throws SQLException {
        if (size >= SEND_BYTES) {
            send();
        }
        putShort(fields);
    }

    /** Sends the rest. Returns the rows that the server counted. */
    public long end() throws SQLException {
        put(TRAILER);
        send();
        return copy.endCopy();
    }

    private void send() throws SQLException {
        copy.writeToCopy(bytes, 0, size);
        size = 0;
    }

    public void noValue() {
        putInt(NULL);
    }

    public void number(long value) {
        putInt(Long.BYTES);
        putLong(value);
    }

    public void text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        putInt(encoded.length);
        put(encoded);
    }

    /** @param typeName the column's base type, as {@code pg_type} has it */
    public void value(FieldType type, String typeName, Value value) {
        if (value instanceof Value.Null) {
            noValue();
            return;
        }
        int at = reserve();
        if (value instanceof Value.Items(List<Value> items)) {
            array(type.elementType(), typeName.substring(1), items);
        } else {
            scalar(type.name(), typeName, value);
        }
        setLength(at);
    }

    private void array(FieldType element, String typeName, List<Value> items) {
        putInt(items.isEmpty() ? 0 : 1);
        putInt(items.contains(Value.NULL) ? 1 : 0);
        putInt(BuiltInTypes.oid(typeName));
        if (!items.isEmpty()) {
            putInt(items.size());
            putInt(1);
            items.forEach(item -> value(element, typeName, item));
        }
    }

    private void scalar(FieldType.Name type, String typeName, Value value) {
        switch (value) {
            case Value.Bool(boolean bool) -> put((byte) (bool ? 1 : 0));
            case Value.Whole(long whole) -> whole(type, whole);
            case Value.Real32(float real) -> {
                if (type == FieldType.Name.REAL64) {
                    putLong(Double.doubleToRawLongBits(real));
                } else {
                    putInt(Float.floatToRawIntBits(real));
                }
            }
            case Value.Real64(double real) -> putLong(Double.doubleToRawLongBits(real));
            case Value.Text(String text) -> text(type, typeName, text);
            case Value.Bytes(var content) -> put(content.asReadOnlyByteBuffer());
            case Value.Null ignored -> throw new IllegalArgumentException("a NULL has no bytes");
            case Value.Items ignored -> throw new IllegalArgumentException("an array in an array");
        }
    }

    private void whole(FieldType.Name type, long whole) {
        switch (type) {
            case INT16 -> putShort((int) whole);
            case INT32 -> putInt((int) whole);
            case INT64, TIME -> putLong(whole);
            case DATE -> putInt(day(whole));
            case TIMESTAMP, TIMESTAMPTZ -> putLong(isInfinite(whole) ? whole : Math.subtractExact(whole, EPOCH_MICROS));
            case BOOL, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON ->
                throw new IllegalArgumentException("a whole number is no " + type);
        }
    }

    private static int day(long days) {
        if (isInfinite(days)) {
            return days < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
        }
        return Math.toIntExact(days - EPOCH_DAYS);
    }

    private static boolean isInfinite(long time) {
        return time == Long.MAX_VALUE || time == Long.MIN_VALUE;
    }

    private void text(FieldType.Name type, String typeName, String text) {
        switch (type) {
            case DECIMAL -> numeric(text);
            case UUID -> {
                UUID uuid = UUID.fromString(text);
                putLong(uuid.getMostSignificantBits());
                putLong(uuid.getLeastSignificantBits());
            }
            case JSON -> {
                if (typeName.equals("jsonb")) {
                    put((byte) 1);
                }
                put(text.getBytes(StandardCharsets.UTF_8));
            }
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, TEXT, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMPTZ ->
                put(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void numeric(String text) {
        switch (text) {
            case "NaN" -> numeric(NUMERIC_NAN);
            case "Infinity" -> numeric(NUMERIC_INFINITY);
            case "-Infinity" -> numeric(NUMERIC_MINUS_INFINITY);
            default -> finite(new BigDecimal(text));
        }
    }

    private void numeric(int special) {
        putShort(0);
        putShort(0);
        putShort(special);
        putShort(0);
    }

    private void finite(BigDecimal decimal) {
        int scale = Math.max(0, decimal.scale());
        int fraction = (scale + 3) / 4;
        BigInteger left = decimal.setScale(4 * fraction).unscaledValue().abs();
        short[] groups = new short[left.bitLength() / 13 + 1];
        int count = 0;
        while (left.signum() != 0) {
            BigInteger[] parts = left.divideAndRemainder(GROUP);
            groups[count++] = parts[1].shortValue();
            left = parts[0];
        }
        int lowest = 0;
        while (lowest < count && groups[lowest] == 0) {
            lowest++;
        }
        putShort(count - lowest);
        putShort(count == 0 ? 0 : count - fraction - 1);
        putShort(decimal.signum() < 0 ? NUMERIC_NEGATIVE : 0);
        putShort(scale);
        for (int i = count - 1; i >= lowest; i--) {
            putShort(groups[i]);
        }
    }

    /** Writes the form of the type of the same name of pgvector, or of {@code bit}. */
    public void vector(Vector vector) {
        int at = reserve();
        ByteBuffer values = vector.buffer();
        switch (vector.element()) {
            case FLOAT32 -> {
                putShort(vector.dimension());
                putShort(0);
                swap4(values, vector.dimension());
            }
            case FLOAT16 -> {
                putShort(vector.dimension());
                putShort(0);
                while (values.hasRemaining()) {
                    putShort(values.getShort());
                }
            }
            case SPARSE -> {
                putInt(vector.dimension());
                putInt(vector.sparseEntries());
                putInt(0);
                swap4(values, 2 * vector.sparseEntries());
            }
            case BINARY -> {
                putInt(vector.dimension());
                put(values);
            }
            case BFLOAT16, INT8 -> throw noSuch(vector.element());
        }
        setLength(at);
    }

    static IllegalArgumentException noSuch(VectorElement element) {
        return new IllegalArgumentException("PostgreSQL has no " + element);
    }

    private void swap4(ByteBuffer littleEndian, int count) {
        room(count * Integer.BYTES);
        ByteBuffer.wrap(bytes, size, count * Integer.BYTES)
                .order(ByteOrder.BIG_ENDIAN)
                .asIntBuffer()
                .put(littleEndian.asIntBuffer());
        size += count * Integer.BYTES;
    }

    private int reserve() {
        putInt(0);
        return size;
    }

    private void setLength(int from) {
        ByteBuffer.wrap(bytes).putInt(from - Integer.BYTES, size - from);
    }

    private void put(byte one) {
        room(1);
        bytes[size++] = one;
    }

    private void put(byte[] more) {
        room(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
    }

    private void put(ByteBuffer more) {
        int length = more.remaining();
        room(length);
        more.get(bytes, size, length);
        size += length;
    }

    private void putShort(int value) {
        room(Short.BYTES);
        bytes[size++] = (byte) (value >> 8);
        bytes[size++] = (byte) value;
    }

    private void putInt(int value) {
        room(Integer.BYTES);
        ByteBuffer.wrap(bytes).putInt(size, value);
        size += Integer.BYTES;
    }

    private void putLong(long value) {
        room(Long.BYTES);
        ByteBuffer.wrap(bytes).putLong(size, value);
        size += Long.BYTES;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            int needed = Math.addExact(size, more);
            bytes = Arrays.copyOf(bytes, Math.max(needed, Math.clamp(2L * bytes.length, 0, Integer.MAX_VALUE - 8)));
        }
    }
}
