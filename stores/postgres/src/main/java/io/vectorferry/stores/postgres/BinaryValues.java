package io.vectorferry.stores.postgres;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Payload values from PostgreSQL's binary send format (each type's {@code *send} function). */
public final class BinaryValues {
    /** Days from 1970-01-01 to PostgreSQL's own epoch, 2000-01-01. */
    private static final long EPOCH_DAYS = 10_957;

    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private static final int NUMERIC_NEGATIVE = 0x4000;
    private static final int NUMERIC_NAN = 0xC000;
    private static final int NUMERIC_INFINITY = 0xD000;
    private static final int NUMERIC_MINUS_INFINITY = 0xF000;

    private BinaryValues() {}

    /** Reads the field at the buffer's position: its length, then its bytes. */
    public static Value read(FieldType type, ByteBuffer tuple) {
        int length = tuple.getInt();
        if (length < 0) {
            return Value.NULL;
        }
        int end = tuple.position() + length;
        Value value = type.list() ? items(type, tuple) : scalar(type, tuple, length);
        tuple.position(end);
        return value;
    }

    private static Value scalar(FieldType type, ByteBuffer in, int length) {
        return switch (type.name()) {
            case BOOL -> new Value.Bool(in.get() != 0);
            case INT16 -> new Value.Whole(in.getShort());
            case INT32 -> new Value.Whole(in.getInt());
            case INT64 -> new Value.Whole(in.getLong());
            case REAL32 -> new Value.Real32(in.getFloat());
            case REAL64 -> new Value.Real64(in.getDouble());
            case DECIMAL -> new Value.Text(numeric(in));
            case TEXT -> new Value.Text(text(in, length));
            case BYTES -> new Value.Bytes(ByteString.copyFrom(in, length));
            case DATE -> date(in.getInt());
            case TIME -> new Value.Whole(in.getLong());
            case TIMESTAMP, TIMESTAMPTZ -> timestamp(in.getLong());
            case UUID -> new Value.Text(new UUID(in.getLong(), in.getLong()).toString());
            case JSON -> new Value.Text(json(in, length));
        };
    }

    /** jsonb sends a version byte, 1, before its text; json begins with its text, which never starts so. */
    private static String json(ByteBuffer in, int length) {
        boolean versioned = length > 0 && in.get(in.position()) == 1;
        if (versioned) {
            in.get();
        }
        return text(in, versioned ? length - 1 : length);
    }

    private static Value date(int days) {
        return new Value.Whole(
                switch (days) {
                    case Integer.MAX_VALUE -> Long.MAX_VALUE;
                    case Integer.MIN_VALUE -> Long.MIN_VALUE;
                    default -> days + EPOCH_DAYS;
                });
    }

    /** {@code infinity} and {@code -infinity} stay the two ends of the range. */
    private static Value timestamp(long micros) {
        boolean infinite = micros == Long.MAX_VALUE || micros == Long.MIN_VALUE;
        return new Value.Whole(
                infinite
                        ? micros
                        : saturated(
                                Math.floorDiv(micros, MICROS_PER_DAY) + EPOCH_DAYS,
                                Math.floorMod(micros, MICROS_PER_DAY)));
    }

    /** Microseconds since 1970. The thirty last years of PostgreSQL's range do not fit, and count as infinity. */
    public static long saturated(long days, long micros) {
        try {
            return Math.addExact(Math.multiplyExact(days, MICROS_PER_DAY), micros);
        } catch (ArithmeticException e) {
            return days > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
    }

    private static String text(ByteBuffer in, int length) {
        String text = new String(in.array(), in.arrayOffset() + in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }

    /** {@code array_send}: dimensions, a flag, the element's type, per dimension its length and lower bound, then the elements. */
    private static Value items(FieldType type, ByteBuffer in) {
        int dimensions = in.getInt();
        in.getInt();
        in.getInt();
        int count = dimensions == 0 ? 0 : 1;
        for (int i = 0; i < dimensions; i++) {
            count = Math.multiplyExact(count, in.getInt());
            in.getInt();
        }
        List<Value> items = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            items.add(read(type.elementType(), in));
        }
        return new Value.Items(items);
    }

    /** {@code numeric_send}: base-10000 digits, weight of the first, sign, and the scale that it is shown with. */
    private static String numeric(ByteBuffer in) {
        int digits = in.getShort();
        int weight = in.getShort();
        int sign = in.getShort() & 0xffff;
        int scale = in.getShort() & 0xffff;
        return switch (sign) {
            case NUMERIC_NAN -> "NaN";
            case NUMERIC_INFINITY -> "Infinity";
            case NUMERIC_MINUS_INFINITY -> "-Infinity";
            default -> finite(in, digits, weight, sign == NUMERIC_NEGATIVE, scale);
        };
    }

    private static String finite(ByteBuffer in, int digits, int weight, boolean negative, int scale) {
        BigInteger unscaled = BigInteger.ZERO;
        for (int i = 0; i < digits; i++) {
            unscaled = unscaled.multiply(BigInteger.valueOf(10_000)).add(BigInteger.valueOf(in.getShort()));
        }
        // The digits stand for unscaled * 10000^(weight - digits + 1).
        int exponent = 4 * (weight - digits + 1) + scale;
        BigInteger shown = exponent >= 0
                ? unscaled.multiply(BigInteger.TEN.pow(exponent))
                : unscaled.divide(BigInteger.TEN.pow(-exponent));
        return new java.math.BigDecimal(negative ? shown.negate() : shown, scale).toPlainString();
    }
}
