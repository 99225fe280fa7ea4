package io.vectorferry.sink.milvus;

import io.milvus.grpc.DataType;
import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.VectorElement;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Which field of Milvus holds what. */
final class FieldTypes {
    /** Bytes of UTF-8, the most that Milvus takes: a source's text is unbounded, and a tighter bound would only refuse rows later. */
    static final int MAX_TEXT_BYTES = 65_535;

    static final int UUID_BYTES = 36;
    private static final int LONGEST_SPECIAL_DECIMAL = "-Infinity".length();
    private static final int SIGN_POINT_AND_ZERO = 3;

    private FieldTypes() {}

    /** Empty: only the dynamic field holds it. */
    static Optional<DataType> scalar(FieldType type) {
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

    /** Whether a field that someone else made holds every value of the type. */
    static boolean holds(DataType field, FieldType type) {
        Optional<DataType> exact = scalar(type);
        if (exact.isEmpty()) {
            return false;
        }
        return field == exact.get()
                || switch (exact.get()) {
                    case Int16 -> field == DataType.Int32 || field == DataType.Int64;
                    case Int32 -> field == DataType.Int64;
                    case Float -> field == DataType.Double;
                    default -> false; // an enum of the server's, with kinds that no column of ours has
                };
    }

    static int maxLength(FieldType type) {
        return switch (type.name()) {
            case UUID -> UUID_BYTES;
            case DECIMAL ->
                type.precision() == 0
                        ? MAX_TEXT_BYTES
                        : Math.max(
                                LONGEST_SPECIAL_DECIMAL,
                                Math.max(type.precision(), Math.abs(type.scale())) + SIGN_POINT_AND_ZERO);
            case BOOL, INT16, INT32, INT64, REAL32, REAL64, TEXT, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, JSON ->
                MAX_TEXT_BYTES;
        };
    }

    /** In bytes of UTF-8, as Milvus counts; most texts are far from the bound and are not encoded for it. */
    static boolean isLonger(String text, int bytes) {
        return text.length() > bytes
                || (text.length() * 3L > bytes && text.getBytes(StandardCharsets.UTF_8).length > bytes);
    }

    static DataType vector(VectorElement element) {
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
