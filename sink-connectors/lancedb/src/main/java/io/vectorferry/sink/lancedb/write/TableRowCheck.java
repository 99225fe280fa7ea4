package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.lancedb.ColumnTypes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the table as prepared can hold a row. For one thread. */
public final class TableRowCheck {
    private final TargetSchema schema;

    /** The last accepted type of each field: most rows have it. */
    private final Map<String, FieldType> held;

    TableRowCheck(TargetSchema schema) {
        this.schema = schema;
        this.held = new HashMap<>(schema.fields());
    }

    public Optional<Rejection> check(TargetWrite write) {
        if (kindOf(write.key().id()) != schema.idKind()) {
            return rejection(ErrorType.SCHEMA, "the table's ids are of kind " + schema.idKind());
        }
        return switch (write) {
            case TargetWrite.Delete ignored -> Optional.empty();
            case TargetWrite.Upsert upsert -> {
                Optional<Rejection> ofVectors = vectors(upsert.row());
                yield ofVectors.isPresent() ? ofVectors : fields(upsert.row());
            }
        };
    }

    static IdKind kindOf(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId ignored -> IdKind.NUMBER;
            case TargetKey.TextId ignored -> IdKind.TEXT;
        };
    }

    private Optional<Rejection> vectors(Row row) {
        for (int i = 0; i < row.vectorCount(); i++) {
            Optional<Rejection> rejection = vector(row.vectorAt(i));
            if (rejection.isPresent()) {
                return rejection;
            }
        }
        return Optional.empty();
    }

    private Optional<Rejection> vector(VectorColumn column) {
        @Nullable Vector vector = column.vector();
        if (vector == null) {
            return Optional.empty();
        }
        VectorShape shape = schema.vector(column.name()).orElse(null);
        if (shape == null || shape.element() != vector.element()) {
            return rejection(
                    ErrorType.SCHEMA, "the table has no %s vector %s".formatted(vector.element(), column.name()));
        }
        return shape.dimension() == vector.dimension()
                ? Optional.empty()
                : rejection(
                        ErrorType.DIMENSION_MISMATCH,
                        "the vector %s has %d dimensions, but the column has %d"
                                .formatted(column.name(), vector.dimension(), shape.dimension()));
    }

    private Optional<Rejection> fields(Row row) {
        for (Field field : row.fields()) {
            FieldType known = schema.fields().get(field.name());
            if (known == null || !isHeld(field.name(), known, field.type())) {
                return rejection(
                        ErrorType.SCHEMA,
                        "column %s is %s in the table, but the value is %s"
                                .formatted(field.name(), known, field.type()));
            }
            if (!fits(field.type(), field.value())) {
                return rejection(
                        ErrorType.SCHEMA, "the value of column %s is not a %s".formatted(field.name(), field.type()));
            }
        }
        return Optional.empty();
    }

    private boolean isHeld(String field, FieldType known, FieldType type) {
        if (type.equals(held.get(field))) {
            return true;
        }
        if (!ColumnTypes.holds(known, type)) {
            return false;
        }
        held.put(field, type);
        return true;
    }

    private static boolean fits(FieldType type, Value value) {
        if (value instanceof Value.Null) {
            return true;
        }
        if (!type.list()) {
            return fitsScalar(type, value);
        }
        return value instanceof Value.Items(var items)
                && items.stream().allMatch(item -> item instanceof Value.Null || fitsScalar(type, item));
    }

    private static boolean fitsScalar(FieldType type, Value value) {
        return switch (type.name()) {
            case BOOL -> value instanceof Value.Bool;
            case INT16 -> value instanceof Value.Whole(long whole) && whole == (short) whole;
            case INT32, DATE -> value instanceof Value.Whole(long whole) && whole == (int) whole;
            case INT64, TIME, TIMESTAMP, TIMESTAMPTZ -> value instanceof Value.Whole;
            case REAL32 -> value instanceof Value.Real32;
            case REAL64 -> value instanceof Value.Real64;
            case DECIMAL ->
                value instanceof Value.Text(String digits)
                        && (!ColumnTypes.isDecimal128(type) || fitsDecimal(digits, type));
            case TEXT, UUID, JSON -> value instanceof Value.Text;
            case BYTES -> value instanceof Value.Bytes;
        };
    }

    private static boolean fitsDecimal(String digits, FieldType type) {
        try {
            return ArrowFields.scaled(digits, type.precision(), type.scale()).precision() <= type.precision();
        } catch (ArithmeticException | NumberFormatException e) {
            return false;
        }
    }

    private static Optional<Rejection> rejection(ErrorType type, String message) {
        return Optional.of(new Rejection(type, message));
    }
}
