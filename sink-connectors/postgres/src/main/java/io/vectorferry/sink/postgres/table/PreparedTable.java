package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The columns of a table that ferry fills, and those that the rows need beside them.
 *
 * @param shapes of the vectors, in the order of their columns
 * @param fields payload columns, in the order of the schema
 */
public record PreparedTable(
        TargetTable table, List<StoredColumn> vectors, List<VectorShape> shapes, List<StoredColumn> fields) {
    public PreparedTable {
        vectors = List.copyOf(vectors);
        shapes = List.copyOf(shapes);
        fields = List.copyOf(fields);
    }

    /** Leaves out what the table lacks: {@link TableDefinition} has added it, or refused the table. */
    public static PreparedTable of(TargetTable table, TargetSchema schema) {
        List<StoredColumn> vectors = new ArrayList<>();
        List<VectorShape> shapes = new ArrayList<>();
        for (VectorShape shape : schema.vectors()) {
            table.column(shape.name()).ifPresent(column -> {
                vectors.add(column);
                shapes.add(shape);
            });
        }
        List<StoredColumn> fields = new ArrayList<>();
        for (Map.Entry<String, FieldType> field : schema.fields().entrySet()) {
            table.column(field.getKey())
                    .filter(column -> !table.isKey(column.name())
                            && !vectors.contains(column)
                            && !column.catalog().generated())
                    .ifPresent(fields::add);
        }
        return new PreparedTable(table, vectors, shapes, fields);
    }

    /** Whether the server makes the column's value of its text. */
    public boolean isConverted(StoredColumn column) {
        return column.isText() && !vectors.contains(column);
    }

    /** Returns all but those of the key. */
    public List<StoredColumn> columns() {
        List<StoredColumn> columns = new ArrayList<>(vectors);
        columns.addAll(fields);
        return columns;
    }

    public Optional<VectorShape> shape(String name) {
        return shapes.stream().filter(shape -> shape.name().equals(name)).findFirst();
    }
}
