package io.vectorferry.producer.postgres.capture;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.Value;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Debezium's Connect values as ours, equal to what the snapshot's binary COPY gives for the same stored value. */
final class ConnectValues {
    private static final OffsetDateTime EPOCH = OffsetDateTime.parse("1970-01-01T00:00:00Z");
    private static final ByteString UNCHANGED_BYTES = ByteString.copyFromUtf8(TextConverter.UNCHANGED);

    private ConnectValues() {}

    /** Whether the log left the value out because the update did not touch it. */
    static boolean isUnchanged(@Nullable Object value) {
        return TextConverter.UNCHANGED.equals(value)
                || (value instanceof ByteBuffer buffer
                        && UNCHANGED_BYTES.equals(ByteString.copyFrom(buffer.duplicate())))
                || (value instanceof byte[] bytes && UNCHANGED_BYTES.equals(ByteString.copyFrom(bytes)));
    }

    static Value of(FieldType type, Schema schema, @Nullable Object value) {
        if (value == null) {
            return Value.NULL;
        }
        if (type.list()) {
            return ArrayText.parse(type, value.toString());
        }
        if (value instanceof String text && schema.name() == null) {
            // A domain comes as its text, whatever it is made of.
            return type.name() == FieldType.Name.DECIMAL ? new Value.Text(decimal(text)) : ArrayText.scalar(type, text);
        }
        return switch (type.name()) {
            case BOOL -> new Value.Bool((Boolean) value);
            case INT16, INT32, INT64, DATE -> new Value.Whole(((Number) value).longValue());
            case REAL32 -> new Value.Real32(((Number) value).floatValue());
            case REAL64 -> new Value.Real64(((Number) value).doubleValue());
            case DECIMAL -> new Value.Text(decimal(value.toString()));
            case TEXT, UUID, JSON -> new Value.Text(value.toString());
            case BYTES -> new Value.Bytes(bytes(value));
            case TIME, TIMESTAMP -> new Value.Whole(micros(schema, ((Number) value).longValue()));
            case TIMESTAMPTZ -> new Value.Whole(zoned(value.toString()));
        };
    }

    private static String decimal(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan", "not_a_number" -> "NaN";
            case "infinity", "positive_infinity" -> "Infinity";
            case "-infinity", "negative_infinity" -> "-Infinity";
            default -> new BigDecimal(text).toPlainString();
        };
    }

    private static ByteString bytes(Object value) {
        return value instanceof ByteBuffer buffer
                ? ByteString.copyFrom(buffer.duplicate())
                : ByteString.copyFrom((byte[]) value);
    }

    private static long micros(Schema schema, long value) {
        String name = schema.name() == null ? "" : schema.name();
        if (name.endsWith(".NanoTimestamp") || name.endsWith(".NanoTime")) {
            return value / 1_000;
        }
        return name.endsWith(".Timestamp") || name.endsWith(".Time") ? value * 1_000 : value;
    }

    private static long zoned(String text) {
        return switch (text) {
            case "infinity" -> Long.MAX_VALUE;
            case "-infinity" -> Long.MIN_VALUE;
            default -> ChronoUnit.MICROS.between(EPOCH, OffsetDateTime.parse(text));
        };
    }
}
