package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.contracts.message.VectorElement;
import java.nio.FloatBuffer;
import java.util.Optional;

/** {@code normalize: l2}: scales a float32 vector to length 1, summing in double; the other element types are refused. */
final class UnitLength {
    private UnitLength() {}

    static Optional<Row> of(Row row) {
        VectorColumn column = row.vectorColumn();
        if (column == null || column.vector() == null) {
            return Optional.of(row);
        }
        Vector vector = column.vector();
        if (vector.element() != VectorElement.FLOAT32) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA, "normalize: l2 takes float32 vectors, not " + vector.element());
        }
        VectorColumn scaled = new VectorColumn(column.name(), column.element(), column.dimension(), scaled(vector));
        return Optional.of(new Row(scaled, row.fields()));
    }

    private static Vector scaled(Vector vector) {
        float[] floats = new float[vector.dimension()];
        FloatBuffer values = vector.buffer().asFloatBuffer();
        values.get(floats);
        double squares = 0;
        for (float value : floats) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || Double.isInfinite(length)) {
            throw FerryException.rejected(
                    ErrorType.DATA_CORRUPTION, "a vector of length " + length + " has no direction");
        }
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (floats[i] / length);
        }
        return Vector.ofFloats(floats);
    }
}
