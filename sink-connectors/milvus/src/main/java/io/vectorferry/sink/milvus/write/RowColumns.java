package io.vectorferry.sink.milvus.write;

import com.google.protobuf.ByteString;
import io.milvus.grpc.BoolArray;
import io.milvus.grpc.DataType;
import io.milvus.grpc.DoubleArray;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.FloatArray;
import io.milvus.grpc.IntArray;
import io.milvus.grpc.JSONArray;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.ScalarField;
import io.milvus.grpc.StringArray;
import io.milvus.grpc.UpsertRequest;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.CollectionLayout.TypedField;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import io.vectorferry.stores.milvus.VectorColumns;
import java.util.ArrayList;
import java.util.List;

/** Rows, which have passed {@link MilvusRowCheck}, as the columns of one request. */
public final class RowColumns {
    private final CollectionLayout layout;
    private final List<TargetWrite.Upsert> rows;

    private RowColumns(CollectionLayout layout, List<TargetWrite.Upsert> rows) {
        this.layout = layout;
        this.rows = rows;
    }

    public static UpsertRequest request(CollectionLayout layout, List<TargetWrite.Upsert> rows) {
        RowColumns columns = new RowColumns(layout, rows);
        UpsertRequest.Builder request = UpsertRequest.newBuilder()
                .setCollectionName(layout.collection())
                .setNumRows(rows.size())
                .addFieldsData(columns.ids());
        layout.vectors().forEach(vector -> request.addFieldsData(columns.vectors(vector)));
        layout.typed().values().forEach(field -> request.addFieldsData(columns.typed(field)));
        if (layout.dynamic()) {
            request.addFieldsData(columns.dynamic());
        }
        return request.build();
    }

    private FieldData ids() {
        ScalarField.Builder ids = ScalarField.newBuilder();
        if (layout.id().type() == DataType.Int64) {
            LongArray.Builder numbers = LongArray.newBuilder();
            rows.forEach(row -> numbers.addData(number(row.key().id())));
            ids.setLongData(numbers);
        } else {
            StringArray.Builder texts = StringArray.newBuilder();
            rows.forEach(row -> texts.addData(text(row.key().id())));
            ids.setStringData(texts);
        }
        return field(layout.id().name(), layout.id().type()).setScalars(ids).build();
    }

    private static long number(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> value;
            case TargetKey.TextId ignored -> throw new IllegalArgumentException("MilvusRowCheck has refused it");
        };
    }

    private static String text(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.TextId(String value) -> value;
            case TargetKey.NumberId ignored -> throw new IllegalArgumentException("MilvusRowCheck has refused it");
        };
    }

    private FieldData vectors(CollectionLayout.VectorField vector) {
        List<Vector> values = new ArrayList<>(rows.size());
        String column = columnOf(vector);
        for (TargetWrite.Upsert row : rows) {
            values.add(row.row().vector(column).orElseThrow().value().orElseThrow());
        }
        int dimension =
                vector.dimension() > 0 ? vector.dimension() : values.getFirst().dimension();
        return field(vector.name(), MilvusTypes.vector(vector.element()))
                .setVectors(VectorColumns.column(vector.element(), dimension, values))
                .build();
    }

    /** Returns the name in the rows, which may have characters that a field's name has not: the same in each of them. */
    private String columnOf(CollectionLayout.VectorField vector) {
        return rows.getFirst().row().vectors().stream()
                .map(VectorColumn::name)
                .filter(name -> FieldNames.legal(name).equals(vector.name()))
                .findFirst()
                .orElseThrow();
    }

    private FieldData dynamic() {
        JSONArray.Builder objects = JSONArray.newBuilder();
        for (TargetWrite.Upsert row : rows) {
            ByteString object = DynamicJson.of(row.row().fields(), layout.typed());
            objects.addData(object);
        }
        return field(FieldNames.DYNAMIC, DataType.JSON)
                .setIsDynamic(true)
                .setScalars(ScalarField.newBuilder().setJsonData(objects))
                .build();
    }

    /** Returns a column; for a nullable field only the values are sent, with a mark for every row. */
    private FieldData typed(TypedField typed) {
        FieldData.Builder field = field(typed.name(), typed.type());
        List<Value> values = new ArrayList<>(rows.size());
        for (TargetWrite.Upsert row : rows) {
            Value value = row.row().field(typed.name()).map(Field::value).orElse(Value.NULL);
            boolean present = !(value instanceof Value.Null);
            if (typed.nullable()) {
                field.addValidData(present);
            }
            if (present) {
                values.add(value);
            }
        }
        return field.setScalars(scalars(typed.type(), values)).build();
    }

    private static ScalarField scalars(DataType type, List<Value> values) {
        ScalarField.Builder scalars = ScalarField.newBuilder();
        switch (type) {
            case Bool -> {
                BoolArray.Builder data = BoolArray.newBuilder();
                values.forEach(value -> data.addData(((Value.Bool) value).value()));
                scalars.setBoolData(data);
            }
            case Int8, Int16, Int32 -> {
                IntArray.Builder data = IntArray.newBuilder();
                values.forEach(value -> data.addData(Math.toIntExact(((Value.Whole) value).value())));
                scalars.setIntData(data);
            }
            case Int64 -> {
                LongArray.Builder data = LongArray.newBuilder();
                values.forEach(value -> data.addData(((Value.Whole) value).value()));
                scalars.setLongData(data);
            }
            case Float -> {
                FloatArray.Builder data = FloatArray.newBuilder();
                values.forEach(value -> data.addData((float) real(value)));
                scalars.setFloatData(data);
            }
            case Double -> {
                DoubleArray.Builder data = DoubleArray.newBuilder();
                values.forEach(value -> data.addData(real(value)));
                scalars.setDoubleData(data);
            }
            default -> { // VarChar: LayoutCheck lets no other kind of the server's pass
                StringArray.Builder data = StringArray.newBuilder();
                values.forEach(value -> data.addData(((Value.Text) value).value()));
                scalars.setStringData(data);
            }
        }
        return scalars.build();
    }

    private static double real(Value value) {
        return value instanceof Value.Real32(float real) ? real : ((Value.Real64) value).value();
    }

    private static FieldData.Builder field(String name, DataType type) {
        return FieldData.newBuilder().setFieldName(name).setType(type);
    }
}
