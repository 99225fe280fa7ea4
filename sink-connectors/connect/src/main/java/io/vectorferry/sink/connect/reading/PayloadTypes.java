package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.jspecify.annotations.Nullable;

/** The type of a payload field: of its schema, with Debezium's and Connect's own logical names, or else of its value. */
public final class PayloadTypes {
    static final String VARIABLE_DECIMAL = "io.debezium.data.VariableScaleDecimal";
    private static final String PRECISION = "connect.decimal.precision";

    private static final Map<String, Name> LOGICAL = Map.ofEntries(
            Map.entry("io.debezium.data.Uuid", Name.UUID),
            Map.entry("io.debezium.data.Json", Name.JSON),
            Map.entry("io.debezium.time.Date", Name.DATE),
            Map.entry("org.apache.kafka.connect.data.Date", Name.DATE),
            Map.entry("io.debezium.time.Time", Name.TIME),
            Map.entry("io.debezium.time.MicroTime", Name.TIME),
            Map.entry("io.debezium.time.NanoTime", Name.TIME),
            Map.entry("org.apache.kafka.connect.data.Time", Name.TIME),
            Map.entry("io.debezium.time.Timestamp", Name.TIMESTAMP),
            Map.entry("io.debezium.time.MicroTimestamp", Name.TIMESTAMP),
            Map.entry("io.debezium.time.NanoTimestamp", Name.TIMESTAMP),
            Map.entry("org.apache.kafka.connect.data.Timestamp", Name.TIMESTAMP),
            Map.entry("io.debezium.time.ZonedTimestamp", Name.TIMESTAMPTZ),
            Map.entry(VARIABLE_DECIMAL, Name.DECIMAL));

    private PayloadTypes() {}

    public static FieldType of(Schema schema) {
        if (Decimal.LOGICAL_NAME.equals(schema.name())) {
            Map<String, String> parameters = schema.parameters();
            return FieldType.decimal(
                    Integer.parseInt(parameters.getOrDefault(PRECISION, "0")),
                    Integer.parseInt(parameters.getOrDefault(Decimal.SCALE_FIELD, "0")));
        }
        Name logical = schema.name() == null ? null : LOGICAL.get(schema.name());
        return logical == null ? plain(schema) : FieldType.of(logical);
    }

    private static FieldType plain(Schema schema) {
        return switch (schema.type()) {
            case BOOLEAN -> FieldType.of(Name.BOOL);
            case INT8, INT16 -> FieldType.of(Name.INT16);
            case INT32 -> FieldType.of(Name.INT32);
            case INT64 -> FieldType.of(Name.INT64);
            case FLOAT32 -> FieldType.of(Name.REAL32);
            case FLOAT64 -> FieldType.of(Name.REAL64);
            case STRING -> FieldType.of(Name.TEXT);
            case BYTES -> FieldType.of(Name.BYTES);
            case ARRAY -> list(of(schema.valueSchema()));
            case MAP, STRUCT -> FieldType.of(Name.JSON);
        };
    }

    private static FieldType list(FieldType element) {
        return element.list() || element.name() == Name.JSON
                ? FieldType.of(Name.JSON)
                : new FieldType(element.name(), true, element.precision(), element.scale());
    }

    /** Returns the type of a value in a record without a schema; null if the value does not show it. */
    static @Nullable FieldType guessed(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Boolean ignored -> FieldType.of(Name.BOOL);
            case Double ignored -> FieldType.of(Name.REAL64);
            case Float ignored -> FieldType.of(Name.REAL32);
            case Number ignored -> FieldType.of(Name.INT64);
            case String ignored -> FieldType.of(Name.TEXT);
            case byte[] ignored -> FieldType.of(Name.BYTES);
            default -> FieldType.of(Name.JSON);
        };
    }
}
