package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A value as a quoted literal in the form in which PostgreSQL itself prints it ({@code infinity}, {@code 0044-03-15 BC},
 * {@code 24:00:00}), so that there is one for every value that a column can hold.
 */
public final class SqlLiteral {
    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final Pattern DECIMAL = Pattern.compile("-?\\d{1,131072}(\\.\\d{1,16383})?|NaN|-?Infinity");
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private SqlLiteral() {}

    /** Returns an untyped literal: PostgreSQL reads it as the type of what it is compared with. */
    public static String of(FieldType type, Value value) {
        return "'" + text(type, value).replace("'", "''") + "'";
    }

    /** Returns whether the value is of the kind that the type holds; of types that travel as text only the server knows more. */
    public static boolean isReadable(FieldType type, Value value) {
        return type.list()
                ? value instanceof Value.Items(var items)
                        && items.stream().allMatch(item -> item instanceof Value.Null || isScalar(type, item))
                : isScalar(type, value);
    }

    private static boolean isScalar(FieldType type, Value value) {
        return switch (type.name()) {
            case BOOL -> value instanceof Value.Bool;
            case INT16 -> value instanceof Value.Whole(long whole) && whole == (short) whole;
            case INT32 -> value instanceof Value.Whole(long whole) && whole == (int) whole;
            case INT64, TIMESTAMP, TIMESTAMPTZ -> value instanceof Value.Whole;
            case DATE -> value instanceof Value.Whole(long days) && (days == (int) days || isInfinite(days));
            case TIME -> value instanceof Value.Whole(long micros) && micros >= 0 && micros <= MICROS_PER_DAY;
            case REAL32 -> value instanceof Value.Real32;
            case REAL64 -> value instanceof Value.Real64;
            case DECIMAL ->
                value instanceof Value.Text(String text)
                        && DECIMAL.matcher(text).matches();
            case UUID ->
                value instanceof Value.Text(String text) && UUID.matcher(text).matches();
            case TEXT, JSON -> value instanceof Value.Text(String text) && text.indexOf(0) < 0;
            case BYTES -> value instanceof Value.Bytes;
        };
    }

    private static String text(FieldType type, Value value) {
        return switch (value) {
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Whole(long whole) -> whole(type, whole);
            case Value.Real32(float real) -> Float.toString(real);
            case Value.Real64(double real) -> Double.toString(real);
            case Value.Text(String text) -> text;
            case Value.Bytes(var bytes) -> "\\x" + HexFormat.of().formatHex(bytes.toByteArray());
            case Value.Null empty -> throw new IllegalArgumentException("a key has no NULL");
            case Value.Items(List<Value> items) ->
                items.stream().map(item -> item(type, item)).collect(Collectors.joining(",", "{", "}"));
        };
    }

    private static String item(FieldType type, Value item) {
        return item instanceof Value.Null
                ? "NULL"
                : '"' + text(type, item).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static String whole(FieldType type, long whole) {
        return switch (type.name()) {
            case DATE -> isInfinite(whole) ? infinite(whole) : day(whole) + era(whole);
            case TIME -> timeOfDay(whole);
            case TIMESTAMP, TIMESTAMPTZ -> {
                if (isInfinite(whole)) {
                    yield infinite(whole);
                }
                long days = Math.floorDiv(whole, MICROS_PER_DAY);
                String zone = type.name() == FieldType.Name.TIMESTAMPTZ ? "+00" : "";
                yield day(days) + ' ' + timeOfDay(Math.floorMod(whole, MICROS_PER_DAY)) + zone + era(days);
            }
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON -> Long.toString(whole);
        };
    }

    private static boolean isInfinite(long time) {
        return time == Long.MAX_VALUE || time == Long.MIN_VALUE;
    }

    private static String infinite(long time) {
        return time < 0 ? "-infinity" : "infinity";
    }

    /** There is no year 0: ISO's year 0 is 1 BC. */
    private static String day(long days) {
        LocalDate date = LocalDate.ofEpochDay(days);
        int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
        return "%04d-%02d-%02d".formatted(year, date.getMonthValue(), date.getDayOfMonth());
    }

    private static String era(long days) {
        return LocalDate.ofEpochDay(days).getYear() > 0 ? "" : " BC";
    }

    private static String timeOfDay(long micros) {
        return micros == MICROS_PER_DAY
                ? "24:00:00"
                : LocalTime.ofNanoOfDay(micros * 1_000).toString();
    }
}
