package io.vectorferry.producer.milvus;

import com.google.protobuf.ByteString;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.ScalarField;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.milvus.ReadCollection.VectorColumnOf;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.StoredJson;
import io.vectorferry.stores.milvus.VectorColumns;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Rows out of the columns of an answer. */
final class AnsweredRows {
    private final ReadCollection collection;
    private final Map<String, FieldData> columns = new HashMap<>();

    private AnsweredRows(ReadCollection collection, QueryResults answer) {
        this.collection = collection;
        answer.getFieldsDataList().forEach(field -> columns.put(field.getFieldName(), field));
    }

    static List<SourceRow> of(ReadCollection collection, QueryResults answer) {
        return new AnsweredRows(collection, answer).rows();
    }

    private List<SourceRow> rows() {
        List<SourceKey> keys = keys();
        Map<VectorColumnOf, List<Vector>> vectors = new HashMap<>();
        for (VectorColumnOf vector : collection.vectors()) {
            FieldData column = columns.get(vector.field());
            if (column != null) {
                vectors.put(
                        vector,
                        VectorColumns.vectors(vector.element(), vector.dimension(), keys.size(), column.getVectors()));
            }
        }
        List<SourceRow> rows = new ArrayList<>(keys.size());
        for (int row = 0; row < keys.size(); row++) {
            List<VectorColumn> values = new ArrayList<>(vectors.size());
            for (VectorColumnOf vector : collection.vectors()) {
                List<Vector> all = vectors.get(vector);
                values.add(new VectorColumn(
                        vector.column(), vector.element(), vector.dimension(), all == null ? null : all.get(row)));
            }
            rows.add(new SourceRow(keys.get(row), Row.of(values, fields(row)), null));
        }
        return rows;
    }

    private List<SourceKey> keys() {
        List<SourceKey> keys = new ArrayList<>();
        FieldData column = columns.get(collection.keyField());
        if (column != null) {
            ScalarField values = column.getScalars();
            values.getLongData()
                    .getDataList()
                    .forEach(key -> keys.add(new SourceKey(collection.name(), List.of(new Value.Whole(key)))));
            values.getStringData()
                    .getDataList()
                    .forEach(key -> keys.add(new SourceKey(collection.name(), List.of(new Value.Text(key)))));
        }
        return keys;
    }

    private List<Field> fields(int row) {
        FieldData dynamic = columns.get(FieldNames.DYNAMIC);
        ByteString object = dynamic == null
                ? ByteString.EMPTY
                : dynamic.getScalars().getJsonData().getData(row);
        Map<String, Field> untyped = object.isEmpty() ? Map.of() : StoredJson.fields(object, collection.recorded());
        List<Field> fields = new ArrayList<>();
        collection.recorded().forEach((name, type) -> {
            Field found = untyped.get(name);
            Value value = collection.scalars().containsKey(name)
                    ? scalar(name, type, row)
                    : found == null ? Value.NULL : found.value();
            fields.add(new Field(name, type, value));
        });
        collection.scalars().forEach((name, type) -> {
            if (!collection.recorded().containsKey(name)) {
                fields.add(new Field(name, type, scalar(name, type, row)));
            }
        });
        untyped.values().stream()
                .filter(field -> !collection.recorded().containsKey(field.name()))
                .forEach(fields::add);
        return fields;
    }

    private Value scalar(String name, FieldType type, int row) {
        FieldData column = columns.get(name);
        if (column == null || (column.getValidDataCount() > 0 && !column.getValidData(row))) {
            return Value.NULL;
        }
        ScalarField values = column.getScalars();
        return type.list()
                ? list(values.getArrayData().getData(row), type)
                : value(values, column.getType(), type, row);
    }

    private static Value list(ScalarField items, FieldType type) {
        List<Value> values = new ArrayList<>();
        int size =
                switch (items.getDataCase()) {
                    case BOOL_DATA -> items.getBoolData().getDataCount();
                    case INT_DATA -> items.getIntData().getDataCount();
                    case LONG_DATA -> items.getLongData().getDataCount();
                    case FLOAT_DATA -> items.getFloatData().getDataCount();
                    case DOUBLE_DATA -> items.getDoubleData().getDataCount();
                    case STRING_DATA -> items.getStringData().getDataCount();
                    default -> 0; // an enum of the server's
                };
        for (int i = 0; i < size; i++) {
            values.add(value(items, typeOf(items), type.elementType(), i));
        }
        return new Value.Items(values);
    }

    private static DataType typeOf(ScalarField items) {
        return switch (items.getDataCase()) {
            case LONG_DATA -> DataType.Int64;
            case FLOAT_DATA -> DataType.Float;
            case DOUBLE_DATA -> DataType.Double;
            default -> DataType.None; // an enum of the server's
        };
    }

    /** @param stored the field's own type, which may be wider or narrower than the column's */
    private static Value value(ScalarField values, DataType stored, FieldType type, int row) {
        return switch (type.name()) {
            case BOOL -> new Value.Bool(values.getBoolData().getData(row));
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ ->
                new Value.Whole(
                        stored == DataType.Int64
                                ? values.getLongData().getData(row)
                                : values.getIntData().getData(row));
            case REAL32 ->
                new Value.Real32(
                        stored == DataType.Double
                                ? (float) values.getDoubleData().getData(row)
                                : values.getFloatData().getData(row));
            case REAL64 ->
                new Value.Real64(
                        stored == DataType.Float
                                ? values.getFloatData().getData(row)
                                : values.getDoubleData().getData(row));
            case DECIMAL, TEXT, UUID -> new Value.Text(values.getStringData().getData(row));
            case JSON -> new Value.Text(values.getJsonData().getData(row).toStringUtf8());
            case BYTES -> throw new IllegalStateException(type + " never has a field of its own");
        };
    }
}
