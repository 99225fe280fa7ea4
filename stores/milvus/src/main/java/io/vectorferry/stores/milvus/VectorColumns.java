package io.vectorferry.stores.milvus;

import com.google.protobuf.ByteString;
import io.milvus.grpc.FloatArray;
import io.milvus.grpc.SparseFloatArray;
import io.milvus.grpc.VectorField;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/** Vectors to a request's column and back, bit for bit. */
public final class VectorColumns {
    private static final int SPARSE_ENTRY_BYTES = 8;

    private VectorColumns() {}

    public static VectorField column(VectorElement element, int dimension, List<Vector> vectors) {
        VectorField.Builder column = VectorField.newBuilder().setDim(dimension);
        switch (element) {
            case FLOAT32 -> column.setFloatVector(floats(dimension, vectors));
            case FLOAT16 -> column.setFloat16Vector(bytes(vectors));
            case BFLOAT16 -> column.setBfloat16Vector(bytes(vectors));
            case INT8 -> column.setInt8Vector(bytes(vectors));
            case BINARY -> column.setBinaryVector(bytes(vectors));
            case SPARSE -> column.setSparseFloatVector(sparse(dimension, vectors));
        }
        return column.build();
    }

    private static FloatArray floats(int dimension, List<Vector> vectors) {
        FloatArray.Builder floats = FloatArray.newBuilder();
        for (Vector vector : vectors) {
            FloatBuffer values = vector.buffer().asFloatBuffer();
            for (int i = 0; i < dimension; i++) {
                floats.addData(values.get(i));
            }
        }
        return floats.build();
    }

    private static ByteString bytes(List<Vector> vectors) {
        return ByteString.copyFrom(vectors.stream().map(Vector::values).toList());
    }

    /** Milvus has index and value of an entry side by side, our messages all indices first. */
    private static SparseFloatArray sparse(int dimension, List<Vector> vectors) {
        SparseFloatArray.Builder rows = SparseFloatArray.newBuilder().setDim(dimension);
        for (Vector vector : vectors) {
            int entries = vector.sparseEntries();
            ByteBuffer ours = vector.buffer();
            ByteBuffer theirs =
                    ByteBuffer.allocate(entries * SPARSE_ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < entries; i++) {
                theirs.putInt(ours.getInt(i * Integer.BYTES));
                theirs.putInt(ours.getInt((entries + i) * Integer.BYTES));
            }
            rows.addContents(ByteString.copyFrom(theirs.flip()));
        }
        return rows.build();
    }

    public static List<Vector> vectors(VectorElement element, int dimension, int rows, VectorField column) {
        List<Vector> vectors = new ArrayList<>(rows);
        for (int row = 0; row < rows; row++) {
            vectors.add(
                    switch (element) {
                        case FLOAT32 -> ofFloats(dimension, row, column.getFloatVector());
                        case FLOAT16 -> ofBytes(element, dimension, row, column.getFloat16Vector());
                        case BFLOAT16 -> ofBytes(element, dimension, row, column.getBfloat16Vector());
                        case INT8 -> ofBytes(element, dimension, row, column.getInt8Vector());
                        case BINARY -> ofBytes(element, dimension, row, column.getBinaryVector());
                        case SPARSE -> ofSparse(column.getSparseFloatVector().getContents(row), dimension);
                    });
        }
        return vectors;
    }

    private static Vector ofFloats(int dimension, int row, FloatArray floats) {
        ByteBuffer bytes = ByteBuffer.allocate(dimension * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < dimension; i++) {
            bytes.putFloat(floats.getData(row * dimension + i));
        }
        return Vector.ofBytes(VectorElement.FLOAT32, dimension, bytes.array());
    }

    private static Vector ofBytes(VectorElement element, int dimension, int row, ByteString all) {
        int size = element.denseBytes(dimension);
        return new Vector(element, dimension, all.substring(row * size, (row + 1) * size));
    }

    private static Vector ofSparse(ByteString theirs, int dimension) {
        int entries = theirs.size() / SPARSE_ENTRY_BYTES;
        ByteBuffer from = theirs.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer ours = ByteBuffer.allocate(theirs.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < entries; i++) {
            ours.putInt(i * Integer.BYTES, from.getInt(i * SPARSE_ENTRY_BYTES));
            ours.putInt((entries + i) * Integer.BYTES, from.getInt(i * SPARSE_ENTRY_BYTES + Integer.BYTES));
        }
        int most = entries == 0 ? 1 : ours.getInt((entries - 1) * Integer.BYTES) + 1;
        return Vector.ofBytes(VectorElement.SPARSE, dimension > 0 ? dimension : most, ours.array());
    }
}
