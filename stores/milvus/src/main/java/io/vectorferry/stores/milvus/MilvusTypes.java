package io.vectorferry.stores.milvus;

import io.milvus.grpc.DataType;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The Milvus types of fields. */
public final class MilvusTypes {
    /** Bytes of UTF-8, the most that Milvus takes: a source's text is unbounded, and a tighter bound would only refuse rows later. */
    public static final int MAX_TEXT_BYTES = 65_535;

    static final int UUID_BYTES = 36;

    private MilvusTypes() {}

    /** Empty: only the dynamic field holds it. */
    public static Optional<DataType> scalar(FieldType type) {
        if (type.list()) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (type.name()) {
                    case BOOL -> DataType.Bool;
                    case INT16 -> DataType.Int16;
                    case INT32, DATE -> DataType.Int32;
                    case INT64, TIME, TIMESTAMP, TIMESTAMPTZ -> DataType.Int64;
                    case REAL32 -> DataType.Float;
                    case REAL64 -> DataType.Double;
                    case DECIMAL, TEXT, UUID -> DataType.VarChar;
                    case BYTES, JSON -> null;
                });
    }

    /** Whether a field holds the type's values, or those of them that {@link #fits fit}: a field keeps its type when the source widens its column. */
    public static boolean isOfKind(DataType field, FieldType type) {
        Optional<DataType> exact = scalar(type);
        return exact.isPresent()
                && (field == exact.get()
                        || (isWhole(field) && isWhole(exact.get()))
                        || (isReal(field) && isReal(exact.get())));
    }

    /** Whether a field of the value's kind holds it exactly. */
    public static boolean fits(DataType field, Value value) {
        return switch (value) {
            case Value.Whole(long whole) ->
                switch (field) {
                    case Int8 -> whole == (byte) whole;
                    case Int16 -> whole == (short) whole;
                    case Int32 -> whole == (int) whole;
                    default -> true; // an enum of the server's
                };
            case Value.Real64(double real) -> field != DataType.Float || Double.compare((float) real, real) == 0;
            case Value.Null ignored -> true;
            case Value.Bool ignored -> true;
            case Value.Real32 ignored -> true;
            case Value.Text ignored -> true;
            case Value.Bytes ignored -> true;
            case Value.Items ignored -> true;
        };
    }

    private static boolean isWhole(DataType type) {
        return type == DataType.Int8 || type == DataType.Int16 || type == DataType.Int32 || type == DataType.Int64;
    }

    private static boolean isReal(DataType type) {
        return type == DataType.Float || type == DataType.Double;
    }

    /** A decimal's own precision is not a bound: the source may widen its column. */
    public static int maxLength(FieldType type) {
        return type.name() == FieldType.Name.UUID ? UUID_BYTES : MAX_TEXT_BYTES;
    }

    /**
     * Returns whether the text is longer in bytes of UTF-8, as Milvus counts; most texts are far from the limit and
     * are not encoded.
     */
    public static boolean isLonger(String text, int bytes) {
        return text.length() > bytes
                || (text.length() * 3L > bytes && text.getBytes(StandardCharsets.UTF_8).length > bytes);
    }

    public static DataType vector(VectorElement element) {
        return switch (element) {
            case FLOAT32 -> DataType.FloatVector;
            case FLOAT16 -> DataType.Float16Vector;
            case BFLOAT16 -> DataType.BFloat16Vector;
            case INT8 -> DataType.Int8Vector;
            case BINARY -> DataType.BinaryVector;
            case SPARSE -> DataType.SparseFloatVector;
        };
    }
}
