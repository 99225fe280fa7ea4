package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.sink.spi.TargetReader.StoredRow;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.jspecify.annotations.Nullable;

/** Rows of an Arrow batch as read back. A type that LanceDB keeps as text (uuid, json, unbounded decimal) comes back as text. */
record StoredRows(VectorSchemaRoot batch, int declaredDimension) {

    StoredRow row(int index) {
        @Nullable VectorColumn vector = null;
        List<Field> fields = new ArrayList<>();
        for (FieldVector column : batch.getFieldVectors()) {
            if (column instanceof FixedSizeListVector || column instanceof StructVector) {
                vector = StoredVectors.column(column, index, declaredDimension);
            } else if (!column.getName().equals(ColumnTypes.ID)) {
                fields.add(StoredValues.field(column, index));
            }
        }
        return new StoredRow(id(index), new Row(vector, fields));
    }

    TargetKey.Id id(int index) {
        FieldVector ids = batch.getVector(ColumnTypes.ID);
        return ids instanceof BigIntVector numbers
                ? new TargetKey.NumberId(numbers.get(index))
                : new TargetKey.TextId(((VarCharVector) ids).getObject(index).toString());
    }
}
