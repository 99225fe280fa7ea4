package io.vectorferry.sink.postgres.write;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.postgres.table.KeyColumns;
import io.vectorferry.sink.postgres.table.PreparedTable;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.stores.postgres.CopyBuffer;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows as tuples: the key's columns, the vectors, the payload; NULL where a row has nothing. For one thread. */
final class RowTuples {
    private static final FieldType TEXT = FieldType.of(FieldType.Name.TEXT);

    private final List<StoredColumn> key;
    private final List<StoredColumn> fields;
    private final Map<String, Integer> vectorAt = new HashMap<>();
    private final Map<String, Integer> fieldAt = new HashMap<>();
    private final @Nullable Vector[] vectors;
    private final Value[] values;

    RowTuples(PreparedTable prepared) {
        KeyColumns columns = prepared.table().key();
        this.key = columns.columns();
        this.fields = prepared.fields();
        for (int i = 0; i < prepared.vectors().size(); i++) {
            vectorAt.put(prepared.vectors().get(i).name(), i);
        }
        for (int i = 0; i < fields.size(); i++) {
            fieldAt.put(fields.get(i).name(), i);
        }
        this.vectors = new Vector[vectorAt.size()];
        this.values = new Value[fields.size()];
    }

    void write(List<Value> id, Row row, CopyBuffer out) throws SQLException {
        gather(row);
        out.row(key.size() + vectors.length + values.length);
        for (int i = 0; i < key.size(); i++) {
            write(key.get(i), id.get(i), out);
        }
        for (@Nullable Vector vector : vectors) {
            if (vector == null) {
                out.noValue();
            } else {
                out.vector(vector);
            }
        }
        for (int i = 0; i < values.length; i++) {
            write(fields.get(i), values[i], out);
        }
    }

    private void gather(Row row) {
        Arrays.fill(vectors, null);
        for (int i = 0; i < row.vectorCount(); i++) {
            VectorColumn column = row.vectorAt(i);
            Integer at = vectorAt.get(column.name());
            if (at != null) {
                vectors[at] = column.vector();
            }
        }
        Arrays.fill(values, Value.NULL);
        for (Field field : row.fields()) {
            Integer at = fieldAt.get(field.name());
            if (at != null) {
                values[at] = field.value();
            }
        }
    }

    private static void write(StoredColumn column, Value value, CopyBuffer out) {
        if (column.isText()) {
            out.value(TEXT, "text", value);
        } else {
            out.value(column.fieldType(), column.catalog().typeName(), value);
        }
    }
}
