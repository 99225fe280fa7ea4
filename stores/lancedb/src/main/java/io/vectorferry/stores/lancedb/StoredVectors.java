package io.vectorferry.stores.lancedb;

import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/** Vectors as read back, bit for bit. */
public final class StoredVectors {
    /** The key in a table's configuration for the dimension of its first vector column; of another one, a dot and its name follow. */
    public static final String DIMENSION_KEY = "vectorferry.vector.dimension";

    private static final int SPARSE_ENTRY_BYTES = 8;

    private StoredVectors() {}

    /** Returns whether a column holds vectors, also in a table of another program: lists of a fixed length, or sparse ones as ferry stores them. */
    public static boolean isVector(Field column) {
        return switch (column.getType()) {
            case ArrowType.FixedSizeList ignored ->
                isElement(column.getChildren().getFirst().getType());
            case ArrowType.Struct ignored ->
                column.getChildren().stream()
                        .map(Field::getName)
                        .toList()
                        .equals(List.of(ColumnTypes.SPARSE_INDICES, ColumnTypes.SPARSE_VALUES));
            default -> false;
        };
    }

    private static boolean isElement(ArrowType type) {
        return switch (type) {
            case ArrowType.FloatingPoint real -> real.getPrecision() != FloatingPointPrecision.DOUBLE;
            case ArrowType.Int whole ->
                whole.getBitWidth() == Byte.SIZE || (whole.getBitWidth() == Short.SIZE && !whole.getIsSigned());
            default -> false;
        };
    }

    /** Returns the dimension that ferry has noted of a column whose type does not tell it; 0 if it has noted none. */
    public static int declaredDimension(Map<String, String> configuration, String column) {
        String ofColumn = configuration.get(DIMENSION_KEY + "." + column);
        return Integer.parseInt(ofColumn == null ? configuration.getOrDefault(DIMENSION_KEY, "0") : ofColumn);
    }

    public static boolean isFloat32(Field column) {
        return isVector(column) && ColumnTypes.element(column) == VectorElement.FLOAT32;
    }

    /** Returns whether a component of a dense vector is NULL, for which no vector has a value. */
    public static boolean lacksComponent(FieldVector column, int row) {
        if (column.isNull(row) || !(column instanceof FixedSizeListVector dense)) {
            return false;
        }
        FieldVector data = dense.getDataVector();
        if (data.getNullCount() > 0) {
            for (int i = row * dense.getListSize(); i < (row + 1) * dense.getListSize(); i++) {
                if (data.isNull(i)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** @param declared the dimension where the column's type does not tell it, else 0 */
    public static VectorColumn column(FieldVector column, int row, int declared) {
        return column instanceof FixedSizeListVector dense
                ? dense(dense, row, declared)
                : sparse((StructVector) column, row, declared);
    }

    private static VectorColumn dense(FixedSizeListVector column, int row, int declared) {
        FieldVector data = column.getDataVector();
        VectorElement element = elementOf(data);
        int size = column.getListSize();
        int dimension = element == VectorElement.BINARY ? (declared > 0 ? declared : size * Byte.SIZE) : size;
        if (column.isNull(row)) {
            return new VectorColumn(ColumnNames.fieldOf(column.getField()), element, dimension, null);
        }
        int cellBytes = size * ((BaseFixedWidthVector) data).getTypeWidth();
        byte[] bytes = new byte[cellBytes];
        data.getDataBuffer().getBytes((long) row * cellBytes, bytes);
        return new VectorColumn(
                ColumnNames.fieldOf(column.getField()), element, dimension, Vector.ofBytes(element, dimension, bytes));
    }

    private static VectorElement elementOf(FieldVector data) {
        if (data instanceof Float4Vector) {
            return VectorElement.FLOAT32;
        } else if (data instanceof Float2Vector) {
            return VectorElement.FLOAT16;
        } else if (data instanceof UInt1Vector) {
            return VectorElement.BINARY;
        } else if (data instanceof TinyIntVector) {
            return VectorElement.INT8;
        }
        return VectorElement.BFLOAT16;
    }

    private static VectorColumn sparse(StructVector column, int row, int declared) {
        if (column.isNull(row)) {
            return new VectorColumn(ColumnNames.fieldOf(column.getField()), VectorElement.SPARSE, declared, null);
        }
        List<?> indices = list(column, ColumnTypes.SPARSE_INDICES, row);
        List<?> values = list(column, ColumnTypes.SPARSE_VALUES, row);
        ByteBuffer bytes =
                ByteBuffer.allocate(indices.size() * SPARSE_ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        indices.forEach(index -> bytes.putInt((Integer) index));
        values.forEach(value -> bytes.putFloat((Float) value));
        int dimension = Math.max(declared, 1);
        return new VectorColumn(
                ColumnNames.fieldOf(column.getField()),
                VectorElement.SPARSE,
                dimension,
                Vector.ofBytes(VectorElement.SPARSE, dimension, bytes.array()));
    }

    private static List<?> list(StructVector column, String child, int row) {
        FieldVector vector = column.getChild(child);
        return vector == null || !(vector.getObject(row) instanceof List<?> list) ? List.of() : list;
    }
}
