package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A key's value as a quoted literal without a type, which PostgreSQL reads as the type of what it is compared with. */
public final class SqlLiteral {
    private static final OffsetDateTime EPOCH = OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    /** Years that need no sign and no era in the literal. */
    private static final long MAX_DAYS = 365L * 1_900;

    private static final long MICROS_PER_DAY = 86_400_000_000L;
    private static final Pattern DECIMAL = Pattern.compile("-?\\d{1,1000}(\\.\\d{1,1000})?");
    private static final Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private SqlLiteral() {}

    public static String of(FieldType type, Value value) {
        return "'" + text(type, value).replace("'", "''") + "'";
    }

    /** Whether every part is of the kind that its column holds; of types that travel as text only the server knows more. */
    public static boolean isKeyOf(TableShape shape, SourceKey key) {
        if (key.parts().size() != shape.key().size()) {
            return false;
        }
        for (int i = 0; i < key.parts().size(); i++) {
            if (!isReadable(shape.key().get(i).type().fieldType(), key.parts().get(i))) {
                return false;
            }
        }
        return true;
    }

    public static boolean isReadable(FieldType type, Value value) {
        return !type.list()
                && switch (type.name()) {
                    case BOOL -> value instanceof Value.Bool;
                    case INT16 -> value instanceof Value.Whole(long whole) && whole == (short) whole;
                    case INT32 -> value instanceof Value.Whole(long whole) && whole == (int) whole;
                    case INT64 -> value instanceof Value.Whole;
                    case DATE -> value instanceof Value.Whole(long days) && days >= -MAX_DAYS && days <= MAX_DAYS;
                    case TIME -> value instanceof Value.Whole(long micros) && micros >= 0 && micros < MICROS_PER_DAY;
                    case TIMESTAMP, TIMESTAMPTZ ->
                        value instanceof Value.Whole(long micros)
                                && micros / MICROS_PER_DAY >= -MAX_DAYS
                                && micros / MICROS_PER_DAY <= MAX_DAYS;
                    case REAL32 -> value instanceof Value.Real32;
                    case REAL64 -> value instanceof Value.Real64;
                    case DECIMAL ->
                        value instanceof Value.Text(String text)
                                && DECIMAL.matcher(text).matches();
                    case UUID ->
                        value instanceof Value.Text(String text)
                                && UUID.matcher(text).matches();
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
            case Value.Items items -> throw new IllegalArgumentException("a list is no key that can be looked up");
        };
    }

    private static String whole(FieldType type, long whole) {
        return switch (type.name()) {
            case DATE -> LocalDate.ofEpochDay(whole).toString();
            case TIME -> LocalTime.ofNanoOfDay(whole * 1_000).toString();
            case TIMESTAMP, TIMESTAMPTZ -> EPOCH.plus(whole, ChronoUnit.MICROS).toString();
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, DECIMAL, TEXT, BYTES, UUID, JSON -> Long.toString(whole);
        };
    }
}
