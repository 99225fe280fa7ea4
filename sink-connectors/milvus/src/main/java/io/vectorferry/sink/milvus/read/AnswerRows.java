package io.vectorferry.sink.milvus.read;

import com.google.protobuf.ByteString;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.IDs;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.ScalarField;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.spi.TargetReader.StoredRow;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.StoredJson;
import io.vectorferry.stores.milvus.VectorColumns;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Rows out of the columns of an answer. */
public final class AnswerRows {
    private final CollectionLayout layout;
    private final ColumnCatalog catalog;
    private final Map<String, FieldData> columns = new HashMap<>();

    private AnswerRows(CollectionLayout layout, ColumnCatalog catalog, QueryResults answer) {
        this.layout = layout;
        this.catalog = catalog;
        answer.getFieldsDataList().forEach(field -> columns.put(field.getFieldName(), field));
    }

    public static List<StoredRow> of(CollectionLayout layout, ColumnCatalog catalog, QueryResults answer) {
        return new AnswerRows(layout, catalog, answer).rows(ids(layout, answer));
    }

    public static List<TargetKey.Id> ids(IDs ids) {
        List<TargetKey.Id> all = new ArrayList<>();
        ids.getIntId().getDataList().forEach(id -> all.add(new TargetKey.NumberId(id)));
        ids.getStrId().getDataList().forEach(id -> all.add(new TargetKey.TextId(id)));
        return all;
    }

    /** Returns the ids, also of a response with only ids. */
    public static List<TargetKey.Id> ids(CollectionLayout layout, QueryResults answer) {
        List<TargetKey.Id> ids = new ArrayList<>();
        for (FieldData column : answer.getFieldsDataList()) {
            if (column.getFieldName().equals(layout.id().name())) {
                ScalarField values = column.getScalars();
                values.getLongData().getDataList().forEach(id -> ids.add(new TargetKey.NumberId(id)));
                values.getStringData().getDataList().forEach(id -> ids.add(new TargetKey.TextId(id)));
            }
        }
        return ids;
    }

    private List<StoredRow> rows(List<TargetKey.Id> ids) {
        List<List<VectorColumn>> vectors = layout.vectors().stream()
                .filter(vector -> columns.containsKey(vector.name()))
                .map(vector -> vectors(vector, ids.size()))
                .toList();
        List<StoredRow> rows = new ArrayList<>(ids.size());
        for (int row = 0; row < ids.size(); row++) {
            rows.add(new StoredRow(ids.get(row), row(vectors, row)));
        }
        return rows;
    }

    private Row row(List<List<VectorColumn>> vectors, int row) {
        return vectors.size() == 1
                ? new Row(vectors.getFirst().get(row), fields(row))
                : Row.of(vectors.stream().map(column -> column.get(row)).toList(), fields(row));
    }

    private List<VectorColumn> vectors(CollectionLayout.VectorField shape, int rows) {
        List<VectorColumn> all = new ArrayList<>(rows);
        FieldData column = Objects.requireNonNull(columns.get(shape.name()));
        String name = CollectionLayout.columnOf(shape, catalog);
        int dimension = shape.dimension();
        for (Vector vector : VectorColumns.vectors(shape.element(), dimension, rows, column.getVectors())) {
            all.add(new VectorColumn(name, shape.element(), dimension, vector));
        }
        return all;
    }

    private List<Field> fields(int row) {
        FieldData dynamic = columns.get(FieldNames.DYNAMIC);
        ByteString object = dynamic == null
                ? ByteString.EMPTY
                : dynamic.getScalars().getJsonData().getData(row);
        Map<String, Field> untyped = object.isEmpty() ? Map.of() : StoredJson.fields(object, catalog.fields());
        List<Field> fields = new ArrayList<>();
        catalog.fields().forEach((name, type) -> {
            FieldData column = layout.typed().containsKey(name) ? columns.get(name) : null;
            Field found = untyped.get(name);
            Value value = column != null ? scalar(column, type, row) : found == null ? Value.NULL : found.value();
            fields.add(new Field(name, type, value));
        });
        untyped.values().stream()
                .filter(field -> !catalog.fields().containsKey(field.name()))
                .forEach(fields::add);
        return fields;
    }

    private static Value scalar(FieldData column, FieldType type, int row) {
        if (column.getValidDataCount() > 0 && !column.getValidData(row)) {
            return Value.NULL;
        }
        ScalarField values = column.getScalars();
        return switch (type.name()) {
            case BOOL -> new Value.Bool(values.getBoolData().getData(row));
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ ->
                new Value.Whole(
                        column.getType() == DataType.Int64
                                ? values.getLongData().getData(row)
                                : values.getIntData().getData(row));
            case REAL32 ->
                new Value.Real32(
                        column.getType() == DataType.Double
                                ? (float) values.getDoubleData().getData(row)
                                : values.getFloatData().getData(row));
            case REAL64 ->
                new Value.Real64(
                        column.getType() == DataType.Float
                                ? values.getFloatData().getData(row)
                                : values.getDoubleData().getData(row));
            case DECIMAL, TEXT, UUID -> new Value.Text(values.getStringData().getData(row));
            case BYTES, JSON -> throw new IllegalStateException(type + " never has a field of its own");
        };
    }
}
