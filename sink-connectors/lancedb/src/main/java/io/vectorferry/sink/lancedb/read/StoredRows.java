package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.lancedb.table.ColumnNames;
import io.vectorferry.sink.lancedb.table.ColumnTypes;
import io.vectorferry.sink.lancedb.table.ColumnWidening;
import io.vectorferry.sink.spi.TargetReader.StoredRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** Rows of an Arrow batch as read back. A type that LanceDB keeps as text (uuid, json, unbounded decimal) comes back as text. */
public final class StoredRows {
    private final int declaredDimension;
    private final FieldVector ids;
    private final @Nullable FieldVector vectors;
    private final List<PayloadColumn> payload = new ArrayList<>();

    private record PayloadColumn(String name, FieldType type, FieldVector values) {
        Field field(int row) {
            return new Field(name, type, StoredValues.value(values, row));
        }
    }

    StoredRows(VectorSchemaRoot batch, int declaredDimension) {
        this.declaredDimension = declaredDimension;
        this.ids = batch.getVector(ColumnTypes.ID);
        @Nullable FieldVector found = null;
        for (FieldVector column : batch.getFieldVectors()) {
            if (ColumnTypes.isVector(column.getField())) {
                found = column;
            } else if (!column.getName().equals(ColumnTypes.ID) && !ColumnWidening.isTemporary(column.getName())) {
                payload.add(
                        new PayloadColumn(ColumnNames.fieldOf(column.getField()), StoredValues.typeOf(column), column));
            }
        }
        this.vectors = found;
    }

    public StoredRow row(int index) {
        VectorColumn vector = vectors == null ? null : StoredVectors.column(vectors, index, declaredDimension);
        List<Field> fields = new ArrayList<>(payload.size());
        for (PayloadColumn column : payload) {
            fields.add(column.field(index));
        }
        return new StoredRow(id(index), new Row(vector, fields));
    }

    public TargetKey.Id id(int index) {
        return ids instanceof BigIntVector numbers
                ? new TargetKey.NumberId(numbers.get(index))
                : new TargetKey.TextId(new String(((VarCharVector) ids).get(index), StandardCharsets.UTF_8));
    }
}
