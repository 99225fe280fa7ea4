package io.vectorferry.sink.connect.reading;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.connect.settings.JsonText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Payload values in the units of {@link FieldType}. */
final class PayloadValues {
    private static final long MICROS = 1_000;
    private static final long DAY_MILLIS = 86_400_000;

    /** Infinities as Debezium sends them, which it takes from pgjdbc. */
    private static final long POSITIVE_INFINITY = 9_223_372_036_825_200_000L;

    private static final long NEGATIVE_INFINITY = -9_223_372_036_832_400_000L;

    private PayloadValues() {}

    /** Empty for a NULL whose type nothing tells: a row without the field is the same. */
    static Optional<Field> field(RecordFields.Item item) {
        Schema schema = item.schema();
        @Nullable FieldType type = schema == null ? PayloadTypes.guessed(item.value()) : PayloadTypes.of(schema);
        if (type == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Field(item.name(), type, value(type, schema, item.value())));
        } catch (DateTimeException | ClassCastException | ArithmeticException e) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA, "the value of field %s is not a %s".formatted(item.name(), type.name()));
        }
    }

    private static Value value(FieldType type, @Nullable Schema schema, @Nullable Object value) {
        if (value == null) {
            return Value.NULL;
        }
        if (type.list()) {
            List<Value> items = new ArrayList<>();
            Schema element = schema == null ? null : schema.valueSchema();
            for (Object item : (List<?>) value) {
                items.add(value(type.elementType(), element, item));
            }
            return new Value.Items(items);
        }
        return scalar(type, schema == null || schema.name() == null ? "" : schema.name(), value);
    }

    private static Value scalar(FieldType type, String logical, Object value) {
        return switch (type.name()) {
            case BOOL -> new Value.Bool((Boolean) value);
            case INT16, INT32, INT64 -> new Value.Whole(((Number) value).longValue());
            case REAL32 -> new Value.Real32(((Number) value).floatValue());
            case REAL64 -> new Value.Real64(((Number) value).doubleValue());
            case DECIMAL -> new Value.Text(decimal(value).toPlainString());
            case TEXT, UUID -> new Value.Text(value.toString());
            case JSON -> new Value.Text(value instanceof String text ? text : JsonText.of(value));
            case BYTES ->
                new Value.Bytes(ByteString.copyFrom(
                        value instanceof ByteBuffer buffer ? VectorBytes.copyOf(buffer) : (byte[]) value));
            case DATE ->
                new Value.Whole(
                        value instanceof Date date
                                ? Math.floorDiv(date.toInstant().toEpochMilli(), DAY_MILLIS)
                                : ((Number) value).longValue());
            case TIME, TIMESTAMP -> new Value.Whole(micros(logical, value));
            case TIMESTAMPTZ -> new Value.Whole(instant((String) value));
        };
    }

    /** Infinities are the ends of the range, as everywhere here. */
    private static long instant(String text) {
        return switch (text) {
            case "infinity" -> Long.MAX_VALUE;
            case "-infinity" -> Long.MIN_VALUE;
            default ->
                ChronoUnit.MICROS.between(
                        Instant.EPOCH, OffsetDateTime.parse(text).toInstant());
        };
    }

    private static long micros(String logical, Object value) {
        if (value instanceof Date date) {
            return Math.multiplyExact(date.toInstant().toEpochMilli(), MICROS);
        }
        long number = ((Number) value).longValue();
        if (logical.endsWith(".MicroTime") || logical.endsWith(".MicroTimestamp")) {
            return number == POSITIVE_INFINITY ? Long.MAX_VALUE : number == NEGATIVE_INFINITY ? Long.MIN_VALUE : number;
        }
        return logical.contains(".Nano") ? Math.floorDiv(number, MICROS) : Math.multiplyExact(number, MICROS);
    }

    private static BigDecimal decimal(Object value) {
        if (value instanceof Struct variable) {
            return new BigDecimal(new BigInteger(variable.getBytes("value")), variable.getInt32("scale"));
        }
        return (BigDecimal) value;
    }
}
