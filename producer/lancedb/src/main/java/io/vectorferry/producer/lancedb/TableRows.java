package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import io.vectorferry.stores.lancedb.ColumnWidening;
import io.vectorferry.stores.lancedb.StoredValues;
import io.vectorferry.stores.lancedb.StoredVectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/** The rows of an Arrow batch, which is valid only as long as the scan stays at it. */
final class TableRows {
    private final TableKey key;
    private final Map<String, String> configuration;
    private final VectorSchemaRoot batch;
    private final FieldVector keys;
    private final List<FieldVector> vectors = new ArrayList<>();
    private final List<PayloadColumn> payload = new ArrayList<>();

    private record PayloadColumn(String name, FieldType type, FieldVector values) {}

    /** @param configuration of the table */
    TableRows(TableKey key, VectorSchemaRoot batch, Map<String, String> configuration) {
        this.key = key;
        this.configuration = configuration;
        this.batch = batch;
        this.keys = batch.getVector(key.column());
        for (FieldVector column : batch.getFieldVectors()) {
            String name = column.getName();
            if (name.equals(key.column()) || name.equals("_distance") || ColumnWidening.isTemporary(name)) {
                continue;
            }
            if (StoredVectors.isVector(column.getField())) {
                vectors.add(column);
            } else {
                payload.add(new PayloadColumn(
                        ColumnNames.fieldOf(column.getField()), ColumnTypes.readType(column.getField()), column));
            }
        }
    }

    List<SourceRow> all() {
        List<SourceRow> rows = new ArrayList<>(batch.getRowCount());
        for (int row = 0; row < batch.getRowCount(); row++) {
            rows.add(row(row));
        }
        return rows;
    }

    SourceRow row(int index) {
        SourceKey id = key.of(keys, index);
        List<VectorColumn> values = new ArrayList<>(vectors.size());
        List<Field> fields = new ArrayList<>(payload.size());
        @Nullable String problem = null;
        for (FieldVector column : vectors) {
            if (StoredVectors.lacksComponent(column, index)) {
                problem = "a component of the vector `%s` is NULL".formatted(column.getName());
            }
            values.add(StoredVectors.column(
                    column, index, StoredVectors.declaredDimension(configuration, column.getName())));
        }
        for (PayloadColumn column : payload) {
            Value value = Value.NULL;
            try {
                value = StoredValues.value(column.values(), index);
            } catch (ArithmeticException e) {
                problem = "column `%s` has a value that the pipeline cannot represent: %s"
                        .formatted(column.name(), e.getMessage());
            }
            fields.add(new Field(column.name(), column.type(), value));
        }
        return new SourceRow(id, Row.of(values, fields), problem);
    }
}
