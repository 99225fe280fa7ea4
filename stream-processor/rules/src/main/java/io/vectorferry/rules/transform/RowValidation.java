package io.vectorferry.rules.transform;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/** Refuses a transformed row that no target can hold. NaN in a payload field passes: a target's float column holds it. */
public final class RowValidation {
    /** Left free of the largest record for its key, position and headers. */
    private static final int ENVELOPE_BYTES = 64 * 1024;

    public static final int MAX_ROW_BYTES = Topics.MAX_RECORD_BYTES - ENVELOPE_BYTES;

    private static final int EXPONENT_32 = 0x7F80_0000;

    /** The exponents of two numbers; adding the lowest bit carries into the sign, which is cleared otherwise. */
    private static final long EXPONENTS_32 = 0x7F80_0000_7F80_0000L;

    private static final long EXPONENTS_32_LOWEST = 0x0080_0000_0080_0000L;
    private static final long SIGNS_32 = 0x8000_0000_8000_0000L;
    private static final int EXPONENT_16 = 0x7C00;
    private static final int EXPONENT_BFLOAT = 0x7F80;

    private RowValidation() {}

    public static void check(Row row) {
        checkNames(row);
        for (int i = 0; i < row.vectorCount(); i++) {
            VectorColumn column = row.vectorAt(i);
            if (column.vector() != null) {
                checkVector(column, column.vector());
            }
        }
    }

    public static void checkSize(int rowBytes) {
        if (rowBytes > MAX_ROW_BYTES) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA, "the row has %d bytes; at most %d fit".formatted(rowBytes, MAX_ROW_BYTES));
        }
    }

    /** A row that no change can carry never gets here: the source makes it a dead letter, whatever the transforms would leave of it. */
    public static void checkChange(int rowBytes) {
        if (rowBytes > Topics.MAX_RECORD_BYTES) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA,
                    "the source's row has %d bytes; at most %d fit".formatted(rowBytes, Topics.MAX_RECORD_BYTES));
        }
    }

    private static void checkNames(Row row) {
        Set<String> names = HashSet.newHashSet(row.fields().size() + row.vectorCount() + 1);
        names.add(RowTransforms.ID);
        for (int i = 0; i < row.vectorCount(); i++) {
            checkName(names, row.vectorAt(i).name());
        }
        for (Field field : row.fields()) {
            checkName(names, field.name());
        }
    }

    private static void checkName(Set<String> names, String name) {
        if (!names.add(name)) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA,
                    name.equals(RowTransforms.ID)
                            ? "a field is named id, like the target's key; rename it"
                            : "two fields are named " + name);
        }
    }

    private static void checkVector(VectorColumn column, Vector vector) {
        if (column.dimension() > 0 && vector.dimension() != column.dimension()) {
            throw FerryException.rejected(
                    ErrorType.DIMENSION_MISMATCH,
                    "%s has %d dimensions; the collection's vectors have %d"
                            .formatted(column.name(), vector.dimension(), column.dimension()));
        }
        if (!isFinite(vector)) {
            throw FerryException.rejected(ErrorType.DATA_CORRUPTION, column.name() + " holds NaN or infinity");
        }
    }

    private static boolean isFinite(Vector vector) {
        ByteBuffer values = vector.buffer();
        return switch (vector.element()) {
            case FLOAT32 -> finite32(values, 0);
            case SPARSE -> finite32(values, vector.sparseEntries() * Integer.BYTES);
            case FLOAT16 -> finite16(values, EXPONENT_16);
            case BFLOAT16 -> finite16(values, EXPONENT_BFLOAT);
            case INT8, BINARY -> true;
        };
    }

    /** Two at a time, and no branch for either: each vector passes here. */
    private static boolean finite32(ByteBuffer values, int from) {
        long carried = 0;
        int at = from;
        for (; at + Long.BYTES <= values.limit(); at += Long.BYTES) {
            carried |= (values.getLong(at) & EXPONENTS_32) + EXPONENTS_32_LOWEST;
        }
        boolean lastIsFinite = at == values.limit() || (values.getInt(at) & EXPONENT_32) != EXPONENT_32;
        return lastIsFinite && (carried & SIGNS_32) == 0;
    }

    private static boolean finite16(ByteBuffer values, int exponent) {
        for (int at = 0; at < values.limit(); at += Short.BYTES) {
            if ((values.getShort(at) & exponent) == exponent) {
                return false;
            }
        }
        return true;
    }
}
