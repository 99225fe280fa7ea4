package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.runner.SchemaTracker;
import java.util.ArrayList;
import java.util.List;

/**
 * Fits a row's numbers to their columns. JSON without a schema may have 5 for 5.0, and 5.5 after 5: a number goes into a column
 * of the other kind if it is the same number there. A fraction needs a column of floating-point numbers.
 */
public record NumberColumns(SchemaTracker schema) {
    public static final FieldType REAL = FieldType.of(Name.REAL64);

    /** Whole numbers up to here are float64 numbers, all of them. */
    private static final long MAX_REAL64 = 1L << 53;

    private static final long MAX_REAL32 = 1L << 24;

    /** Returns the row with each number as its column has it, or the row itself if they all are so. */
    public Row fitted(Row row) {
        List<Field> fitted = new ArrayList<>(row.fields().size());
        boolean same = true;
        for (Field field : row.fields()) {
            Field as = isNumber(field.type())
                    ? schema.typeOf(field.name())
                            .map(column -> fitted(field, column))
                            .orElse(field)
                    : field;
            same &= as.type().equals(field.type());
            fitted.add(as);
        }
        return same ? row : row.withFields(fitted);
    }

    /** Returns the integer columns for which the row has a fraction, or another number that is not an integer. */
    public List<String> tooNarrow(Row row) {
        List<String> columns = new ArrayList<>();
        for (Field field : fitted(row).fields()) {
            if (isReal(field.type())
                    && schema.typeOf(field.name())
                            .filter(NumberColumns::isWhole)
                            .isPresent()) {
                columns.add(field.name());
            }
        }
        return columns;
    }

    /** Whether the row's value for the column is the same number as a float64. */
    public static boolean isExact(Row row, String column) {
        return row.field(column)
                .map(field -> !(field.value() instanceof Value.Whole(long whole)) || Math.absExact(whole) <= MAX_REAL64)
                .orElse(true);
    }

    private static Field fitted(Field field, FieldType column) {
        return switch (field.value()) {
            case Value.Whole(long whole) when isReal(column) -> asReal(field, whole, column);
            case Value.Real64(double real) when isWhole(column) -> asWhole(field, real, column);
            case Value.Real32(float real) when isWhole(column) -> asWhole(field, real, column);
            case Value.Null ignored
            when isWhole(column) || isReal(column) -> new Field(field.name(), column, Value.NULL);
            case Value.Whole ignored -> field;
            case Value.Real64 ignored -> field;
            case Value.Real32 ignored -> field;
            case Value.Null ignored -> field;
            case Value.Bool ignored -> field;
            case Value.Text ignored -> field;
            case Value.Bytes ignored -> field;
            case Value.Items ignored -> field;
        };
    }

    private static Field asReal(Field field, long whole, FieldType column) {
        if (column.name() == Name.REAL32 && -MAX_REAL32 <= whole && whole <= MAX_REAL32) {
            return new Field(field.name(), column, new Value.Real32(whole));
        }
        return -MAX_REAL64 <= whole && whole <= MAX_REAL64
                ? new Field(field.name(), REAL, new Value.Real64(whole))
                : field;
    }

    private static Field asWhole(Field field, double real, FieldType column) {
        long whole = (long) real;
        boolean fits = whole == real
                && -MAX_REAL64 <= whole
                && whole <= MAX_REAL64
                && switch (column.name()) {
                    case INT16 -> whole == (short) whole;
                    case INT32 -> whole == (int) whole;
                    default -> true; // INT64
                };
        return fits ? new Field(field.name(), column, new Value.Whole(whole)) : field;
    }

    private static boolean isNumber(FieldType type) {
        return isWhole(type) || isReal(type);
    }

    private static boolean isWhole(FieldType type) {
        return !type.list() && (type.name() == Name.INT16 || type.name() == Name.INT32 || type.name() == Name.INT64);
    }

    private static boolean isReal(FieldType type) {
        return !type.list() && (type.name() == Name.REAL32 || type.name() == Name.REAL64);
    }
}
