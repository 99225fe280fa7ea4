package io.vectorferry.producer.postgres.capture;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.stores.postgres.ArrayText;
import io.vectorferry.stores.postgres.TimeText;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** Debezium's Connect values as ours, equal to what the snapshot's binary COPY gives for the same stored value. */
public final class ConnectValues {
    private static final ByteBuffer UNCHANGED_BYTES =
            ByteString.copyFromUtf8(TextConverter.UNCHANGED).asReadOnlyByteBuffer();

    private ConnectValues() {}

    /** Whether the log left the value out because the update did not touch it. */
    static boolean isUnchanged(@Nullable Object value) {
        return TextConverter.UNCHANGED.equals(value)
                || UNCHANGED_BYTES.equals(value)
                || (value instanceof byte[] bytes && UNCHANGED_BYTES.equals(ByteBuffer.wrap(bytes)));
    }

    public static Value of(FieldType type, Schema schema, @Nullable Object value) {
        if (value == null) {
            return Value.NULL;
        }
        if (type.list()) {
            return ArrayText.parse(type, value.toString());
        }
        if (value instanceof String text && schema.name() == null) {
            // A domain comes as its text, whatever it is made of; a time, as a number where its text was lost.
            if (text.startsWith(TextConverter.NUMBER)) {
                return isTime(type) ? new Value.Whole(Long.parseLong(text.substring(1))) : new Value.Text(text);
            }
            return type.name() == FieldType.Name.DECIMAL ? new Value.Text(decimal(text)) : ArrayText.scalar(type, text);
        }
        return switch (type.name()) {
            case BOOL -> new Value.Bool((Boolean) value);
            case INT16, INT32, INT64 -> new Value.Whole(((Number) value).longValue());
            case REAL32 -> new Value.Real32(((Number) value).floatValue());
            case REAL64 -> new Value.Real64(((Number) value).doubleValue());
            case DECIMAL -> new Value.Text(decimal(value.toString()));
            case TEXT, UUID, JSON -> new Value.Text(value.toString());
            case BYTES -> new Value.Bytes(bytes(value));
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> TimeText.parse(type.name(), value.toString());
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

    private static boolean isTime(FieldType type) {
        return switch (type.name()) {
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> true;
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON -> false;
        };
    }
}
