package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.lancedb.table.WriterClaim;
import io.vectorferry.sink.spi.TargetReader.StoredRow;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.ColumnWidening;
import io.vectorferry.stores.lancedb.StoredValues;
import io.vectorferry.stores.lancedb.StoredVectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Rows of an Arrow batch as read back. A type that LanceDB keeps as text (uuid, json, unbounded decimal) comes back as text. */
public final class StoredRows {
    private final FieldVector ids;
    private final List<StoredVectorColumn> vectors = new ArrayList<>();
    private final List<PayloadColumn> payload = new ArrayList<>();

    private record PayloadColumn(String name, FieldType type, FieldVector values) {
        Field field(int row) {
            return new Field(name, type, StoredValues.value(values, row));
        }
    }

    private record StoredVectorColumn(int dimension, FieldVector values) {
        VectorColumn vector(int row) {
            return StoredVectors.column(values, row, dimension);
        }
    }

    /** @param configuration of the table */
    StoredRows(VectorSchemaRoot batch, Map<String, String> configuration) {
        this.ids = batch.getVector(ColumnTypes.ID);
        for (FieldVector column : batch.getFieldVectors()) {
            if (ColumnTypes.isVector(column.getField())) {
                vectors.add(new StoredVectorColumn(WriterClaim.dimensionOf(column.getField(), configuration), column));
            } else if (!column.getName().equals(ColumnTypes.ID) && !ColumnWidening.isTemporary(column.getName())) {
                payload.add(
                        new PayloadColumn(ColumnNames.fieldOf(column.getField()), StoredValues.typeOf(column), column));
            }
        }
    }

    public StoredRow row(int index) {
        VectorColumn first = vectors.isEmpty() ? null : vectors.getFirst().vector(index);
        List<VectorColumn> more = vectors.size() > 1 ? new ArrayList<>(vectors.size() - 1) : List.of();
        for (int i = 1; i < vectors.size(); i++) {
            more.add(vectors.get(i).vector(index));
        }
        List<Field> fields = new ArrayList<>(payload.size());
        for (PayloadColumn column : payload) {
            fields.add(column.field(index));
        }
        return new StoredRow(id(index), new Row(first, more, fields));
    }

    public TargetKey.Id id(int index) {
        return ids instanceof BigIntVector numbers
                ? new TargetKey.NumberId(numbers.get(index))
                : new TargetKey.TextId(new String(((VarCharVector) ids).get(index), StandardCharsets.UTF_8));
    }
}
