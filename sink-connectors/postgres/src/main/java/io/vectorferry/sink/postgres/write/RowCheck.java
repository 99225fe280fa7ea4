package io.vectorferry.sink.postgres.write;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.postgres.table.ColumnRules;
import io.vectorferry.sink.postgres.table.KeyColumns;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.postgres.SqlLiteral;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether the table as prepared can hold a row, as far as that is seen without the server. For one thread. */
final class RowCheck {
    /** pgvector's own limit. */
    private static final int MAX_SPARSE_ENTRIES = 16_000;

    /** 4714-11-24 BC, the first day that PostgreSQL has. */
    private static final long FIRST_DAY = -2_440_588;

    private static final long MICROS_PER_DAY = 86_400_000_000L;

    private final PreparedTable prepared;
    private final Map<String, StoredColumn> columns = new HashMap<>();
    private final List<StoredColumn> required;

    /** The last accepted type of each field: most rows have it. */
    private final Map<String, FieldType> held = new HashMap<>();

    RowCheck(PreparedTable prepared) {
        this.prepared = prepared;
        prepared.table().columns().forEach(column -> columns.put(column.name(), column));
        this.required = prepared.fields().stream()
                .filter(column -> column.catalog().notNull())
                .toList();
    }

    Optional<Rejection> check(TargetWrite write) {
        KeyColumns key = prepared.table().key();
        if (KeyColumns.kindOf(write.key().id()) != key.kind()) {
            return rejection(ErrorType.SCHEMA, "the table's ids are of kind " + key.kind());
        }
        return switch (write) {
            case TargetWrite.Delete ignored -> Optional.empty();
            case TargetWrite.Upsert upsert ->
                key.values(upsert.key().id()).isEmpty()
                        ? rejection(ErrorType.SCHEMA, "the id cannot be a value of the table's key")
                        : row(upsert.record().row());
        };
    }

    private Optional<Rejection> row(Row row) {
        for (int i = 0; i < row.vectorCount(); i++) {
            VectorColumn column = row.vectorAt(i);
            Optional<Rejection> refused = vector(column);
            if (refused.isPresent()) {
                return refused;
            }
        }
        for (Field field : row.fields()) {
            Optional<Rejection> refused = field(field);
            if (refused.isPresent()) {
                return refused;
            }
        }
        for (StoredColumn column : required) {
            if (row.field(column.name())
                    .filter(field -> !(field.value() instanceof Value.Null))
                    .isEmpty()) {
                return rejection(ErrorType.SCHEMA, "column %s is NOT NULL in the table".formatted(column.name()));
            }
        }
        return Optional.empty();
    }

    private Optional<Rejection> vector(VectorColumn column) {
        Optional<VectorShape> shape = prepared.shape(column.name());
        @Nullable Vector vector = column.vector();
        if (vector == null) {
            boolean refused = columns.containsKey(column.name())
                    && columns.get(column.name()).catalog().notNull();
            return refused
                    ? rejection(ErrorType.SCHEMA, "column %s is NOT NULL in the table".formatted(column.name()))
                    : Optional.empty();
        }
        if (shape.isEmpty() || shape.get().element() != vector.element()) {
            return rejection(
                    ErrorType.SCHEMA, "the table has no %s vector %s".formatted(vector.element(), column.name()));
        }
        if (shape.get().dimension() != vector.dimension()) {
            return rejection(
                    ErrorType.DIMENSION_MISMATCH,
                    "the vector has %d dimensions, but the column has %d"
                            .formatted(vector.dimension(), shape.get().dimension()));
        }
        return isHeld(vector)
                ? Optional.empty()
                : rejection(
                        ErrorType.DATA_CORRUPTION,
                        "pgvector holds no NaN, no infinity, and of a sparse vector no zero and at most %d entries"
                                .formatted(MAX_SPARSE_ENTRIES));
    }

    private static boolean isHeld(Vector vector) {
        ByteBuffer values = vector.buffer();
        return switch (vector.element()) {
            case FLOAT32 -> {
                for (int at = 0; at < values.limit(); at += Float.BYTES) {
                    if (!Float.isFinite(values.getFloat(at))) {
                        yield false;
                    }
                }
                yield true;
            }
            case FLOAT16 -> {
                for (int at = 0; at < values.limit(); at += Short.BYTES) {
                    if (!Float.isFinite(Float.float16ToFloat(values.getShort(at)))) {
                        yield false;
                    }
                }
                yield true;
            }
            case SPARSE -> isHeldSparse(vector, values);
            case BINARY -> true;
            case BFLOAT16, INT8 -> false;
        };
    }

    private static boolean isHeldSparse(Vector vector, ByteBuffer values) {
        int entries = vector.sparseEntries();
        if (entries > MAX_SPARSE_ENTRIES) {
            return false;
        }
        for (int i = 0; i < entries; i++) {
            float value = values.getFloat((entries + i) * Float.BYTES);
            if (!Float.isFinite(value) || value == 0) {
                return false;
            }
        }
        return true;
    }

    private Optional<Rejection> field(Field field) {
        String name = field.name();
        Optional<String> unnamable = ColumnRules.problem(name);
        if (unnamable.isPresent()) {
            return rejection(ErrorType.SCHEMA, unnamable.get());
        }
        if (prepared.table().isKey(name)) {
            // Of a key of several columns the fields are repeated in the payload.
            return prepared.table().key().columns().size() > 1
                    ? Optional.empty()
                    : rejection(
                            ErrorType.SCHEMA,
                            "column %s holds the id of the row: rename the field of that name".formatted(name));
        }
        StoredColumn column = columns.get(name);
        if (column == null || prepared.shape(name).isPresent()) {
            return rejection(ErrorType.SCHEMA, "the table has no payload column %s".formatted(name));
        }
        if (column.catalog().generated()) {
            return Optional.empty();
        }
        if (!isHeld(column, field.type())) {
            return rejection(
                    ErrorType.SCHEMA,
                    "column %s is %s in the table, but the value is %s"
                            .formatted(name, column.catalog().sqlType(), field.type()));
        }
        return fits(column, field)
                ? Optional.empty()
                : rejection(
                        ErrorType.SCHEMA, "the value of column %s cannot be held by its type as it is".formatted(name));
    }

    private boolean isHeld(StoredColumn column, FieldType type) {
        if (type.equals(held.get(column.name()))) {
            return true;
        }
        if (!column.holds(type)) {
            return false;
        }
        held.put(column.name(), type);
        return true;
    }

    private static boolean fits(StoredColumn column, Field field) {
        Value value = field.value();
        if (value instanceof Value.Null) {
            return true;
        }
        if (!SqlLiteral.isReadable(field.type(), value)) {
            return false;
        }
        return value instanceof Value.Items(var items)
                ? items.stream().allMatch(item -> item instanceof Value.Null || fits(column, field.type(), item))
                : fits(column, field.type(), value);
    }

    private static boolean fits(StoredColumn column, FieldType type, Value value) {
        return switch (type.name()) {
            case DATE -> !(value instanceof Value.Whole(long days)) || days == Long.MIN_VALUE || days >= FIRST_DAY;
            case TIMESTAMP, TIMESTAMPTZ ->
                !(value instanceof Value.Whole(long micros))
                        || micros == Long.MIN_VALUE
                        || Math.floorDiv(micros, MICROS_PER_DAY) >= FIRST_DAY;
            case DECIMAL -> !(value instanceof Value.Text(String digits)) || fitsNumeric(column, digits);
            case TEXT ->
                !(value instanceof Value.Text(String text))
                        || column.maxLength() == 0
                        || text.codePointCount(0, text.length()) <= column.maxLength();
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, BYTES, TIME, UUID, JSON -> true;
        };
    }

    /** The server would round what has more digits behind the point. */
    private static boolean fitsNumeric(StoredColumn column, String digits) {
        FieldType own = column.fieldType();
        if (own.name() != FieldType.Name.DECIMAL || own.precision() == 0 || digits.equals("NaN")) {
            return true;
        }
        if (digits.endsWith("Infinity")) {
            return false;
        }
        try {
            return new BigDecimal(digits)
                            .setScale(own.scale(), RoundingMode.UNNECESSARY)
                            .precision()
                    <= Math.max(own.precision(), 1);
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private static Optional<Rejection> rejection(ErrorType type, String message) {
        return Optional.of(new Rejection(type, message));
    }
}
