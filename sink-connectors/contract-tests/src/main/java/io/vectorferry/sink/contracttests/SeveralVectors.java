package io.vectorferry.sink.contracttests;

import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Rows with two dense vectors and a sparse one, which Milvus Lite has too. */
final class SeveralVectors {
    private static final int DIMENSIONS = 1_000;

    private SeveralVectors() {}

    static Row row(int number) {
        VectorColumn embedding =
                new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(number, -1, 0.5f));
        VectorColumn other = new VectorColumn("other", VectorElement.FLOAT32, 2, other(number));
        VectorColumn sparse = new VectorColumn("sparse", VectorElement.SPARSE, DIMENSIONS, sparse(number));
        return Row.of(List.of(embedding, other, sparse), List.of(Rows.text("body", "row " + number)));
    }

    static Vector other(int number) {
        return Vector.ofFloats(1, 100 * number - 150);
    }

    private static Vector sparse(int number) {
        ByteBuffer bytes =
                ByteBuffer.allocate(2 * (Integer.BYTES + Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(number).putInt(999).putFloat(0.5f).putFloat(number);
        return Vector.ofBytes(VectorElement.SPARSE, DIMENSIONS, bytes.array());
    }

    /** Returns the vectors by name; a sparse one in its declared dimension, which not every store keeps. */
    static Map<String, Vector> values(Row row) {
        Map<String, Vector> values = new TreeMap<>();
        for (VectorColumn column : row.vectors()) {
            Vector vector = column.value().orElseThrow();
            values.put(
                    column.name(),
                    vector.element() == VectorElement.SPARSE
                            ? new Vector(vector.element(), DIMENSIONS, vector.values())
                            : vector);
        }
        return values;
    }
}
