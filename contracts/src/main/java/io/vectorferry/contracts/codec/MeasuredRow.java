package io.vectorferry.contracts.codec;

import com.google.protobuf.CodedOutputStream;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.io.IOException;

/** A row with the sizes of its parts, which precede them on the wire. */
public final class MeasuredRow {
    private final Row row;
    private final int vectorSize;
    /** The size of each field, followed by that of its value; behind all fields, the size of each vector after the first. */
    private final int[] sizes;

    private final int size;

    private MeasuredRow(Row row, int vectorSize, int[] sizes, int size) {
        this.row = row;
        this.vectorSize = vectorSize;
        this.sizes = sizes;
        this.size = size;
    }

    public static MeasuredRow of(Row row) {
        VectorColumn column = row.vectorColumn();
        int vectorSize = column == null ? 0 : size(column);
        int size = column == null ? 0 : WireWriter.nestedSize(WireRows.VECTOR, vectorSize);
        int[] sizes = new int[2 * row.fields().size() + row.moreVectors().size()];
        int at = 0;
        for (Field field : row.fields()) {
            int value = WireValues.size(field.value());
            int whole = size(field, value);
            sizes[at++] = whole;
            sizes[at++] = value;
            size += WireWriter.nestedSize(WireRows.FIELDS, whole);
        }
        for (int i = 1; i < row.vectorCount(); i++) {
            sizes[at] = size(row.vectorAt(i));
            size += WireWriter.nestedSize(WireRows.MORE_VECTORS, sizes[at++]);
        }
        return new MeasuredRow(row, vectorSize, sizes, size);
    }

    public int size() {
        return size;
    }

    byte[] encode() {
        return WireWriter.bytes(size, this::write);
    }

    void write(CodedOutputStream out) throws IOException {
        VectorColumn column = row.vectorColumn();
        if (column != null) {
            WireWriter.beginNested(out, WireRows.VECTOR, vectorSize);
            write(column, out);
        }
        int at = 0;
        for (Field field : row.fields()) {
            WireWriter.beginNested(out, WireRows.FIELDS, sizes[at++]);
            write(field, sizes[at++], out);
        }
        for (int i = 1; i < row.vectorCount(); i++) {
            WireWriter.beginNested(out, WireRows.MORE_VECTORS, sizes[at++]);
            write(row.vectorAt(i), out);
        }
    }

    private static int size(VectorColumn column) {
        Vector vector = column.vector();
        return WireWriter.stringSize(WireRows.VECTOR_NAME, column.name())
                + WireWriter.int32Size(WireRows.ELEMENT, WireNumbers.of(column.element()))
                + WireWriter.uint32Size(WireRows.DIMENSION, column.dimension())
                + (vector == null
                        ? 0
                        : CodedOutputStream.computeBytesSize(WireRows.VALUES, vector.values())
                                + WireWriter.uint32Size(WireRows.ACTUAL_DIMENSION, vector.dimension()));
    }

    private static void write(VectorColumn column, CodedOutputStream out) throws IOException {
        WireWriter.writeString(out, WireRows.VECTOR_NAME, column.name());
        WireWriter.writeInt32(out, WireRows.ELEMENT, WireNumbers.of(column.element()));
        WireWriter.writeUInt32(out, WireRows.DIMENSION, column.dimension());
        Vector vector = column.vector();
        if (vector != null) {
            out.writeBytes(WireRows.VALUES, vector.values());
            WireWriter.writeUInt32(out, WireRows.ACTUAL_DIMENSION, vector.dimension());
        }
    }

    private static int size(Field field, int valueSize) {
        return WireWriter.stringSize(WireRows.FIELD_NAME, field.name())
                + WireWriter.nestedSize(WireRows.TYPE, size(field.type()))
                + (field.value() instanceof Value.Null ? 0 : WireWriter.nestedSize(WireRows.VALUE, valueSize));
    }

    private static void write(Field field, int valueSize, CodedOutputStream out) throws IOException {
        WireWriter.writeString(out, WireRows.FIELD_NAME, field.name());
        WireWriter.beginNested(out, WireRows.TYPE, size(field.type()));
        write(field.type(), out);
        if (!(field.value() instanceof Value.Null)) {
            WireWriter.beginNested(out, WireRows.VALUE, valueSize);
            WireValues.write(field.value(), out);
        }
    }

    private static int size(FieldType type) {
        return WireWriter.int32Size(WireRows.TYPE_NAME, WireNumbers.of(type.name()))
                + (type.list() ? CodedOutputStream.computeBoolSize(WireRows.TYPE_LIST, true) : 0)
                + WireWriter.uint32Size(WireRows.PRECISION, type.precision())
                + WireWriter.int32Size(WireRows.SCALE, type.scale());
    }

    private static void write(FieldType type, CodedOutputStream out) throws IOException {
        WireWriter.writeInt32(out, WireRows.TYPE_NAME, WireNumbers.of(type.name()));
        if (type.list()) {
            out.writeBool(WireRows.TYPE_LIST, true);
        }
        WireWriter.writeUInt32(out, WireRows.PRECISION, type.precision());
        WireWriter.writeInt32(out, WireRows.SCALE, type.scale());
    }
}
