package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.Value;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;

/** A key's value as a quoted literal without a type, which PostgreSQL reads as the type of what it is compared with. */
final class SqlLiteral {
    private static final OffsetDateTime EPOCH = OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private SqlLiteral() {}

    static String of(FieldType type, Value value) {
        return "'" + text(type, value).replace("'", "''") + "'";
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
