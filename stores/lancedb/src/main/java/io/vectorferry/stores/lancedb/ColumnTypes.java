package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** The Arrow types of columns. All but the id are nullable. */
public final class ColumnTypes {
    public static final String ID = "id";
    public static final String SPARSE_INDICES = "indices";
    public static final String SPARSE_VALUES = "values";
    private static final String ITEM = "item";
    private static final int MAX_DECIMAL_PRECISION = 38;
    private static final int DECIMAL_BITS = 128;
    private static final int UINT64_DIGITS = 20;
    private static final ArrowType FLOAT32 = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);

    private ColumnTypes() {}

    public static Field vector(String name, VectorElement element, int dimension) {
        return switch (element) {
            case FLOAT32 -> fixedList(name, FLOAT32, dimension);
            case FLOAT16 -> fixedList(name, new ArrowType.FloatingPoint(FloatingPointPrecision.HALF), dimension);
            case BFLOAT16 -> fixedList(name, new ArrowType.Int(16, false), dimension);
            case INT8 -> fixedList(name, new ArrowType.Int(8, true), dimension);
            case BINARY -> fixedList(name, new ArrowType.Int(8, false), VectorElement.BINARY.denseBytes(dimension));
            case SPARSE ->
                new Field(
                        name,
                        org.apache.arrow.vector.types.pojo.FieldType.nullable(ArrowType.Struct.INSTANCE),
                        List.of(list(SPARSE_INDICES, new ArrowType.Int(32, true)), list(SPARSE_VALUES, FLOAT32)));
        };
    }

    /** Returns the element type of a vector column. */
    public static VectorElement element(Field column) {
        if (column.getType() instanceof ArrowType.Struct) {
            return VectorElement.SPARSE;
        }
        return switch (column.getChildren().getFirst().getType()) {
            case ArrowType.FloatingPoint real ->
                real.getPrecision() == FloatingPointPrecision.HALF ? VectorElement.FLOAT16 : VectorElement.FLOAT32;
            case ArrowType.Int number when number.getBitWidth() == Short.SIZE -> VectorElement.BFLOAT16;
            case ArrowType.Int number when number.getIsSigned() -> VectorElement.INT8;
            default -> VectorElement.BINARY;
        };
    }

    /**
     * Returns the type of a payload column; text for everything that is stored as text. Empty for a column that ferry
     * does not make.
     */
    public static Optional<FieldType> payloadType(Field column) {
        return held(column)
                .map(type -> type.name() == FieldType.Name.DECIMAL && type.precision() == 0
                        ? new FieldType(FieldType.Name.TEXT, type.list(), 0, 0)
                        : type);
    }

    /**
     * Returns the type of the values that {@link StoredValues} reads from a payload column, also in a table of another program: JSON for structures
     * and nested lists.
     */
    public static FieldType readType(Field column) {
        if (isNested(column)) {
            return FieldType.of(FieldType.Name.JSON);
        }
        if (!isList(column)) {
            return readScalarType(column.getType());
        }
        FieldType element = readScalarType(column.getChildren().getFirst().getType());
        return new FieldType(element.name(), true, element.precision(), element.scale());
    }

    private static FieldType readScalarType(ArrowType type) {
        return switch (type) {
            case ArrowType.Bool ignored -> FieldType.of(FieldType.Name.BOOL);
            case ArrowType.Int whole -> readWholeType(whole);
            case ArrowType.FloatingPoint real ->
                FieldType.of(
                        real.getPrecision() == FloatingPointPrecision.DOUBLE
                                ? FieldType.Name.REAL64
                                : FieldType.Name.REAL32);
            case ArrowType.Decimal decimal -> FieldType.decimal(decimal.getPrecision(), decimal.getScale());
            case ArrowType.Binary ignored -> FieldType.of(FieldType.Name.BYTES);
            case ArrowType.LargeBinary ignored -> FieldType.of(FieldType.Name.BYTES);
            case ArrowType.FixedSizeBinary ignored -> FieldType.of(FieldType.Name.BYTES);
            case ArrowType.Date ignored -> FieldType.of(FieldType.Name.DATE);
            case ArrowType.Time ignored -> FieldType.of(FieldType.Name.TIME);
            case ArrowType.Timestamp timestamp ->
                FieldType.of(timestamp.getTimezone() == null ? FieldType.Name.TIMESTAMP : FieldType.Name.TIMESTAMPTZ);
            default -> FieldType.of(FieldType.Name.TEXT);
        };
    }

    private static FieldType readWholeType(ArrowType.Int whole) {
        int bits = whole.getIsSigned() ? whole.getBitWidth() : whole.getBitWidth() + 1;
        if (bits > Long.SIZE) {
            return FieldType.decimal(UINT64_DIGITS, 0);
        }
        return FieldType.of(
                bits <= Short.SIZE
                        ? FieldType.Name.INT16
                        : bits <= Integer.SIZE ? FieldType.Name.INT32 : FieldType.Name.INT64);
    }

    private static boolean isList(Field column) {
        return column.getType() instanceof ArrowType.List
                || column.getType() instanceof ArrowType.LargeList
                || column.getType() instanceof ArrowType.FixedSizeList;
    }

    /** Returns whether a column holds structures, or lists of lists or structures. */
    static boolean isNested(Field column) {
        return isComposed(column)
                || (isList(column) && isComposedOrList(column.getChildren().getFirst()));
    }

    private static boolean isComposedOrList(Field column) {
        return isComposed(column) || isList(column);
    }

    private static boolean isComposed(Field column) {
        return column.getType().isComplex() && !isList(column);
    }

    /** Whether a column for the one type holds values of the other: what is kept as text is one kind. */
    public static boolean holds(FieldType column, FieldType type) {
        Field present = payload("", column);
        return column.holds(type)
                || sameType(present, payload("", type))
                || widened(present, type)
                        .filter(wider -> sameType(wider, present))
                        .isPresent();
    }

    public static boolean isWhole(Field column) {
        return column.getType() instanceof ArrowType.Int number && number.getIsSigned();
    }

    public static boolean isVector(Field column) {
        return column.getType() instanceof ArrowType.FixedSizeList || column.getType() instanceof ArrowType.Struct;
    }

    public static Field payload(String name, FieldType type) {
        return type.list() ? list(name, scalar(type)) : Field.nullable(name, scalar(type));
    }

    /** NaN and infinities need text, and so does what 38 digits cannot hold. */
    public static boolean isDecimal128(FieldType type) {
        return type.precision() > 0
                && type.precision() <= MAX_DECIMAL_PRECISION
                && type.scale() >= 0
                && type.scale() <= type.precision();
    }

    public static boolean sameType(Field one, Field other) {
        if (!one.getType().equals(other.getType())
                || one.getChildren().size() != other.getChildren().size()) {
            return false;
        }
        for (int i = 0; i < one.getChildren().size(); i++) {
            if (!sameType(one.getChildren().get(i), other.getChildren().get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Returns the narrowest column that holds what the present one holds and the type wanted; empty if there is none. */
    public static Optional<Field> widened(Field present, FieldType wanted) {
        return held(present).flatMap(type -> type.joined(wanted)).map(type -> payload(present.getName(), type));
    }

    /** A column of text counts as one of decimals without a bound, which are stored so. */
    private static Optional<FieldType> held(Field column) {
        boolean list = column.getType() instanceof ArrowType.List;
        ArrowType arrow = list ? column.getChildren().getFirst().getType() : column.getType();
        if (arrow instanceof ArrowType.Decimal decimal) {
            return Optional.of(new FieldType(FieldType.Name.DECIMAL, list, decimal.getPrecision(), decimal.getScale()));
        }
        return Arrays.stream(FieldType.Name.values())
                .filter(name -> scalar(FieldType.of(name)).equals(arrow))
                .map(name -> new FieldType(name, list, 0, 0))
                .findFirst();
    }

    /** Returns the column's type as {@code arrow_cast} of Lance's SQL takes it. */
    static String sqlName(Field column) {
        return switch (column.getType()) {
            case ArrowType.List ignored ->
                "List(%s)".formatted(sqlName(column.getChildren().getFirst()));
            case ArrowType.Int number -> "Int" + number.getBitWidth();
            case ArrowType.FloatingPoint ignored -> "Float64";
            case ArrowType.Decimal decimal ->
                "Decimal128(%d, %d)".formatted(decimal.getPrecision(), decimal.getScale());
            case ArrowType.Utf8 ignored -> "Utf8";
            default -> throw new IllegalArgumentException("no column can be widened to " + column.getType());
        };
    }

    private static ArrowType scalar(FieldType type) {
        return switch (type.name()) {
            case BOOL -> ArrowType.Bool.INSTANCE;
            case INT16 -> new ArrowType.Int(16, true);
            case INT32 -> new ArrowType.Int(32, true);
            case INT64 -> new ArrowType.Int(64, true);
            case REAL32 -> FLOAT32;
            case REAL64 -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DECIMAL ->
                isDecimal128(type)
                        ? new ArrowType.Decimal(type.precision(), type.scale(), DECIMAL_BITS)
                        : ArrowType.Utf8.INSTANCE;
            case TEXT, UUID, JSON -> ArrowType.Utf8.INSTANCE;
            case BYTES -> ArrowType.Binary.INSTANCE;
            case DATE -> new ArrowType.Date(DateUnit.DAY);
            case TIME -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
            case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
            case TIMESTAMPTZ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
        };
    }

    private static Field list(String name, ArrowType element) {
        return new Field(
                name,
                org.apache.arrow.vector.types.pojo.FieldType.nullable(ArrowType.List.INSTANCE),
                List.of(Field.nullable(ITEM, element)));
    }

    private static Field fixedList(String name, ArrowType element, int size) {
        return new Field(
                name,
                org.apache.arrow.vector.types.pojo.FieldType.nullable(new ArrowType.FixedSizeList(size)),
                List.of(Field.nullable(ITEM, element)));
    }
}
