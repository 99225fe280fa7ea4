package io.vectorferry.producer.mongo.documents;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.FieldType.Name;
import io.vectorferry.contracts.row.Value;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonDocument;
import org.bson.BsonNumber;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;

/** BSON as typed fields. Whole numbers of either width are INT64, so that documents written by different drivers agree. */
public final class BsonFields {
    private static final long MICROS_PER_MILLI = 1_000;
    private static final int UUID_BYTES = 16;
    private static final JsonWriterSettings JSON =
            JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

    private final DocumentTypes types;

    public record Typed(Name type, Value value) {
        /** Returns the text of a value whose type is written as text. */
        public String text() {
            return ((Value.Text) value).value();
        }
    }

    public BsonFields(DocumentTypes types) {
        this.types = types;
    }

    /**
     * Empty for null, and for an empty array while no element of the field is known: neither has a type.
     *
     * @throws FerryException of kind REJECTED_RECORD for a value that no column can hold
     */
    public Optional<Field> of(String name, BsonValue value) {
        try {
            if (value.isNull()) {
                return Optional.empty();
            }
            if (value.isArray()) {
                return list(name, value.asArray());
            }
            Typed typed = value.isNumber()
                    ? Numbers.typed(value.asNumber(), types.numbersOf(name).orElseGet(() -> Numbers.kindOf(value)))
                    : typed(value);
            return Optional.of(new Field(name, FieldType.of(typed.type()), typed.value()));
        } catch (ArithmeticException e) {
            throw FerryException.rejected(
                    ErrorType.DATA_CORRUPTION,
                    "field %s has a %s that no column can hold exactly: %s"
                            .formatted(name, value.getBsonType(), e.getMessage()));
        } catch (RuntimeException e) {
            // Its message may quote the value.
            throw FerryException.rejected(
                    ErrorType.DATA_CORRUPTION,
                    "field %s has a %s that cannot be read: %s"
                            .formatted(name, value.getBsonType(), e.getClass().getSimpleName()));
        }
    }

    /** A list whose elements are of one kind, apart from null; any other is JSON. */
    private Optional<Field> list(String name, BsonArray array) {
        Set<Name> kinds = EnumSet.noneOf(Name.class);
        for (BsonValue item : array) {
            if (!item.isNull()) {
                kinds.add(kindOf(item));
            }
        }
        if (kinds.isEmpty()) {
            return types.elementsOf(name).map(element -> empty(name, array, element));
        }
        Optional<Name> element = Numbers.isAll(kinds)
                ? Optional.of(types.elementsOf(name)
                        .filter(Numbers::isNumber)
                        .filter(settled -> array.stream()
                                .filter(BsonValue::isNumber)
                                .allMatch(item -> Numbers.fits(item.asNumber(), settled)))
                        .orElseGet(() -> Numbers.widest(kinds)))
                : kinds.size() == 1 && !kinds.contains(Name.JSON)
                        ? Optional.of(kinds.iterator().next())
                        : Optional.empty();
        return Optional.of(element.map(type -> new Field(name, FieldType.listOf(type), items(array, type)))
                .orElseGet(() ->
                        new Field(name, FieldType.of(Name.JSON), json(array).value())));
    }

    /** It may have nulls. */
    private static Field empty(String name, BsonArray array, Name element) {
        return element == Name.JSON
                ? new Field(name, FieldType.of(Name.JSON), json(array).value())
                : new Field(name, FieldType.listOf(element), items(array, element));
    }

    private static Value items(BsonArray array, Name element) {
        List<Value> items = array.stream()
                .map(item -> item.isNull()
                        ? Value.NULL
                        : item.isNumber()
                                ? Numbers.typed(item.asNumber(), element).value()
                                : typed(item).value())
                .toList();
        return new Value.Items(items);
    }

    /** The type of a value by itself. */
    static Name kindOf(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING, SYMBOL, OBJECT_ID -> Name.TEXT;
            case BOOLEAN -> Name.BOOL;
            case INT32, INT64, DOUBLE, DECIMAL128 -> Numbers.kindOf(value);
            case DATE_TIME -> Name.TIMESTAMPTZ;
            case BINARY -> isUuid(value.asBinary()) ? Name.UUID : Name.BYTES;
            default -> Name.JSON; // the driver's own enum: documents, and kinds that no column has
        };
    }

    private static Typed typed(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> new Typed(Name.TEXT, new Value.Text(value.asString().getValue()));
            case SYMBOL -> new Typed(Name.TEXT, new Value.Text(value.asSymbol().getSymbol()));
            case OBJECT_ID ->
                new Typed(
                        Name.TEXT, new Value.Text(value.asObjectId().getValue().toHexString()));
            case BOOLEAN ->
                new Typed(Name.BOOL, new Value.Bool(value.asBoolean().getValue()));
            case INT32, INT64, DOUBLE, DECIMAL128 -> Numbers.typed(value.asNumber(), Numbers.kindOf(value));
            case DATE_TIME ->
                new Typed(
                        Name.TIMESTAMPTZ,
                        new Value.Whole(micros(value.asDateTime().getValue())));
            case BINARY -> binary(value.asBinary());
            default -> json(value); // the driver's own enum: documents, and kinds that no column has
        };
    }

    private static long micros(long millis) {
        if (Math.abs((double) millis) * MICROS_PER_MILLI >= Long.MAX_VALUE) {
            throw new ArithmeticException("a timestamp in microseconds ends in the year 294247");
        }
        return millis * MICROS_PER_MILLI;
    }

    static boolean isUuid(BsonBinary binary) {
        return binary.getType() == BsonBinarySubType.UUID_STANDARD.getValue() && binary.getData().length == UUID_BYTES;
    }

    private static Typed binary(BsonBinary binary) {
        return isUuid(binary)
                ? new Typed(Name.UUID, new Value.Text(binary.asUuid().toString()))
                : new Typed(Name.BYTES, new Value.Bytes(ByteString.copyFrom(binary.getData())));
    }

    static Typed json(BsonValue value) {
        if (value.isDocument()) {
            return new Typed(Name.JSON, new Value.Text(value.asDocument().toJson(JSON)));
        }
        String wrapped = new BsonDocument("v", value).toJson(JSON);
        return new Typed(
                Name.JSON,
                new Value.Text(wrapped.substring(wrapped.indexOf(':') + 1, wrapped.length() - 1)
                        .strip()));
    }

    /**
     * One type for the numbers of a field, whichever kinds its documents store: whole numbers alone are INT64, beside real
     * ones all are REAL64, beside decimal ones all are DECIMAL. A number that the field's type cannot hold exactly keeps the
     * type of its own kind.
     */
    static final class Numbers {
        private static final Set<Name> ALL = EnumSet.of(Name.INT64, Name.REAL64, Name.DECIMAL);
        /** The smallest double that is beyond an int64. */
        private static final double INT64_END = 0x1p63;

        private Numbers() {}

        static boolean isNumber(Name type) {
            return ALL.contains(type);
        }

        static boolean isAll(Collection<Name> types) {
            return ALL.containsAll(types);
        }

        /** Returns the number type as which all of these types are read. */
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

        /** Returns the number without an exponent; NaN and the infinities by name. */
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
}
