package io.vectorferry.contracts.row;

import java.util.Optional;

/**
 * The type of a payload field.
 *
 * @param precision of {@code DECIMAL}, 0 if unbounded
 */
public record FieldType(Name name, boolean list, int precision, int scale) {

    /** The types; the comments name the {@link Value} of each. */
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

    /** Returns the narrowest type that holds every value of both exactly; empty if there is none. */
    public Optional<FieldType> joined(FieldType other) {
        if (equals(other)) {
            return Optional.of(this);
        }
        if (list != other.list) {
            return Optional.empty();
        }
        if (name == Name.DECIMAL && other.name == Name.DECIMAL) {
            return Optional.of(joinedDecimal(other));
        }
        boolean alike = (isWhole(name) && isWhole(other.name)) || (isReal(name) && isReal(other.name));
        return alike ? Optional.of(name.compareTo(other.name) > 0 ? this : other) : Optional.empty();
    }

    /** Returns {@link #joined}, or this type if there is none. */
    public FieldType widenedBy(FieldType other) {
        return joined(other).orElse(this);
    }

    /** Whether a column of this type holds every value of the other exactly. */
    public boolean holds(FieldType other) {
        return joined(other).filter(this::equals).isPresent();
    }

    private FieldType joinedDecimal(FieldType other) {
        if (precision == 0 || other.precision == 0) {
            return new FieldType(Name.DECIMAL, list, 0, 0);
        }
        int commonScale = Math.max(scale, other.scale);
        int beforePoint = Math.max(precision - scale, other.precision - other.scale);
        return new FieldType(Name.DECIMAL, list, beforePoint + commonScale, commonScale);
    }

    private static boolean isWhole(Name name) {
        return name == Name.INT16 || name == Name.INT32 || name == Name.INT64;
    }

    private static boolean isReal(Name name) {
        return name == Name.REAL32 || name == Name.REAL64;
    }
}
