package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.row.Vector;
import io.vectorferry.stores.lancedb.ColumnTypes;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.jspecify.annotations.Nullable;

/** Copies vectors, little-endian on the wire as in Arrow, straight into a column's buffer. For one batch. */
sealed interface ArrowVectors {
    void put(int row, Vector vector);

    static ArrowVectors of(FieldVector column, int rows) {
        return column instanceof FixedSizeListVector list ? new Dense(list, rows) : new Sparse((StructVector) column);
    }

    final class Dense implements ArrowVectors {
        private final FixedSizeListVector column;
        private final int cellBytes;
        private final ByteBuffer values;

        Dense(FixedSizeListVector column, int rows) {
            this.column = column;
            int cells = Math.multiplyExact(rows, column.getListSize());
            FieldVector data = column.getDataVector(); // allocated, and zero, with its column
            data.setValueCount(cells);
            ArrowBuf validity = data.getValidityBuffer();
            // Every element is valid: what may be null is the whole vector.
            validity.setOne(0, validity.capacity());
            int width = ((BaseFixedWidthVector) data).getTypeWidth();
            cellBytes = column.getListSize() * width;
            values = data.getDataBuffer().nioBuffer(0, Math.multiplyExact(cells, width));
        }

        @Override
        public void put(int row, Vector vector) {
            column.setNotNull(row);
            values.position(row * cellBytes);
            vector.values().copyTo(values);
        }
    }

    final class Sparse implements ArrowVectors {
        private final StructVector column;
        private final ListVector indices;
        private final ListVector values;

        Sparse(StructVector column) {
            this.column = column;
            this.indices = child(column, ColumnTypes.SPARSE_INDICES);
            this.values = child(column, ColumnTypes.SPARSE_VALUES);
        }

        @Override
        public void put(int row, Vector vector) {
            ByteBuffer bytes = vector.buffer();
            int entries = vector.sparseEntries();
            column.setIndexDefined(row);
            int start = indices.startNewValue(row);
            for (int i = 0; i < entries; i++) {
                ((IntVector) indices.getDataVector()).setSafe(start + i, bytes.getInt());
            }
            indices.endValue(row, entries);
            start = values.startNewValue(row);
            for (int i = 0; i < entries; i++) {
                ((Float4Vector) values.getDataVector()).setSafe(start + i, bytes.getFloat());
            }
            values.endValue(row, entries);
        }

        private static ListVector child(StructVector column, String name) {
            @Nullable ListVector child = column.getChild(name, ListVector.class);
            if (child == null) {
                throw new IllegalStateException("a sparse column has " + name);
            }
            return child;
        }
    }
}
