package io.vectorferry.contracts.message;

/**
 * The type of a payload field.
 *
 * @param precision of {@code DECIMAL}, 0 when the source bounds it not
 */
public record FieldType(Name name, boolean list, int precision, int scale) {

    /** Which {@link Value} each holds: see the comments. */
    public enum Name {
        BOOL, // Bool
        INT16, // Whole
        INT32, // Whole
        INT64, // Whole
        REAL32, // Real32
        REAL64, // Real64
        DECIMAL, // Text: plain digits, or NaN, Infinity, -Infinity
        TEXT, // Text
        BYTES, // Bytes
        DATE, // Whole: days since 1970-01-01
        TIME, // Whole: microseconds of the day
        TIMESTAMP, // Whole: microseconds since 1970-01-01T00:00, no zone
        TIMESTAMPTZ, // Whole: microseconds since the epoch
        UUID, // Text: canonical lower case
        JSON // Text: as the source prints it
    }

    public static FieldType of(Name name) {
        return new FieldType(name, false, 0, 0);
    }

    public static FieldType listOf(Name name) {
        return new FieldType(name, true, 0, 0);
    }

    public static FieldType decimal(int precision, int scale) {
        return new FieldType(Name.DECIMAL, false, precision, scale);
    }

    /** The type of one element of a list. */
    public FieldType elementType() {
        return new FieldType(name, false, precision, scale);
    }
}
