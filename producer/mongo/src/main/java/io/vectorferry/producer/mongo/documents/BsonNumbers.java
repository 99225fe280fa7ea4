package io.vectorferry.producer.mongo.documents;

import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Value;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import org.bson.BsonNumber;
import org.bson.BsonValue;
import org.bson.types.Decimal128;

/**
 * One type for the numbers of a field, whichever kinds its documents store: whole numbers alone are INT64, beside real
 * ones all are REAL64, beside decimal ones all are DECIMAL. A number that the field's type cannot hold exactly keeps the
 * type of its own kind.
 */
final class BsonNumbers {
    private static final Set<Name> ALL = EnumSet.of(Name.INT64, Name.REAL64, Name.DECIMAL);
    /** The smallest double that is beyond an int64. */
    private static final double INT64_END = 0x1p63;

    private BsonNumbers() {}

    static boolean isNumber(Name type) {
        return ALL.contains(type);
    }

    static boolean isAll(Collection<Name> types) {
        return ALL.containsAll(types);
    }

    /** Of several number types the one that all are read as. */
    static Name widest(Collection<Name> types) {
        return types.contains(Name.DECIMAL) ? Name.DECIMAL : types.contains(Name.REAL64) ? Name.REAL64 : Name.INT64;
    }

    static Name kindOf(BsonValue number) {
        return switch (number.getBsonType()) {
            case DOUBLE -> Name.REAL64;
            case DECIMAL128 -> Name.DECIMAL;
            default -> Name.INT64; // the driver's own enum
        };
    }

    /** Whether the field's type holds the number exactly. */
    static boolean fits(BsonNumber number, Name type) {
        return switch (kindOf(number)) {
            case INT64 -> type != Name.REAL64 || isExact(number.longValue());
            case REAL64 -> type != Name.INT64 || isWhole(number.doubleValue());
            default -> type == Name.DECIMAL; // a decimal
        };
    }

    /** @param type of the field */
    static BsonFields.Typed typed(BsonNumber number, Name type) {
        Name as = fits(number, type) ? type : kindOf(number);
        return new BsonFields.Typed(as, value(number, as));
    }

    private static Value value(BsonNumber number, Name type) {
        return switch (type) {
            case REAL64 -> new Value.Real64(number.doubleValue());
            case DECIMAL -> new Value.Text(plain(number));
            default -> new Value.Whole(number.longValue()); // INT64
        };
    }

    private static boolean isExact(long whole) {
        return Math.abs((double) whole) < INT64_END && (long) (double) whole == whole;
    }

    static boolean isWhole(double number) {
        return number == Math.rint(number) && Math.abs(number) < INT64_END;
    }

    /** Without an exponent; not a number and the infinities by their names. */
    static String plain(BsonNumber number) {
        if (number.isInt32() || number.isInt64()) {
            return Long.toString(number.longValue());
        }
        if (number.isDouble()) {
            double real = number.doubleValue();
            return Double.isFinite(real) ? BigDecimal.valueOf(real).toPlainString() : Double.toString(real);
        }
        Decimal128 decimal = number.decimal128Value();
        return decimal.isNaN() || decimal.isInfinite()
                ? decimal.toString()
                : new BigDecimal(decimal.toString()).toPlainString(); // its own conversion refuses a negative zero
    }
}
