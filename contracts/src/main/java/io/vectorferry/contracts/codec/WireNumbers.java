package io.vectorferry.contracts.codec;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.contracts.wire.TypeName;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The numbers of constants in message.proto. */
public final class WireNumbers {
    private static final List<VectorElement> ELEMENTS = Arrays.stream(VectorElement.values())
            .sorted(Comparator.comparingInt(WireNumbers::of))
            .toList();

    private static final List<FieldType> SINGLE = byNumber(false);
    private static final List<FieldType> LISTS = byNumber(true);

    private WireNumbers() {}

    public static int of(VectorElement element) {
        return switch (element) {
            case FLOAT32 -> io.vectorferry.contracts.wire.VectorElement.FLOAT32_VALUE;
            case FLOAT16 -> io.vectorferry.contracts.wire.VectorElement.FLOAT16_VALUE;
            case BFLOAT16 -> io.vectorferry.contracts.wire.VectorElement.BFLOAT16_VALUE;
            case INT8 -> io.vectorferry.contracts.wire.VectorElement.INT8_VALUE;
            case BINARY -> io.vectorferry.contracts.wire.VectorElement.BINARY_VALUE;
            case SPARSE -> io.vectorferry.contracts.wire.VectorElement.SPARSE_VALUE;
        };
    }

    public static int of(FieldType.Name name) {
        return switch (name) {
            case BOOL -> TypeName.BOOL_VALUE;
            case INT16 -> TypeName.INT16_VALUE;
            case INT32 -> TypeName.INT32_VALUE;
            case INT64 -> TypeName.INT64_VALUE;
            case REAL32 -> TypeName.REAL32_VALUE;
            case REAL64 -> TypeName.REAL64_VALUE;
            case DECIMAL -> TypeName.DECIMAL_VALUE;
            case TEXT -> TypeName.TEXT_VALUE;
            case BYTES -> TypeName.BYTES_VALUE;
            case DATE -> TypeName.DATE_VALUE;
            case TIME -> TypeName.TIME_VALUE;
            case TIMESTAMP -> TypeName.TIMESTAMP_VALUE;
            case TIMESTAMPTZ -> TypeName.TIMESTAMPTZ_VALUE;
            case UUID -> TypeName.UUID_VALUE;
            case JSON -> TypeName.JSON_VALUE;
        };
    }

    /** @throws IllegalArgumentException for a number that message.proto does not have */
    static VectorElement element(int number) {
        return at(ELEMENTS, number, "vector element");
    }

    /**
     * The type without precision and scale; the same object each time.
     *
     * @throws IllegalArgumentException for a number that message.proto does not have
     */
    static FieldType type(int number, boolean list) {
        return at(list ? LISTS : SINGLE, number, "type");
    }

    private static <T> T at(List<T> all, int number, String what) {
        if (number < 0 || number >= all.size()) {
            throw new IllegalArgumentException("unknown %s %d".formatted(what, number));
        }
        return all.get(number);
    }

    private static List<FieldType> byNumber(boolean list) {
        return Arrays.stream(FieldType.Name.values())
                .sorted(Comparator.comparingInt(WireNumbers::of))
                .map(name -> new FieldType(name, list, 0, 0))
                .toList();
    }
}
