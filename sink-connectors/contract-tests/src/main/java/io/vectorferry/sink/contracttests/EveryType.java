package io.vectorferry.sink.contracttests;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row with a column of every type, at the edges of what it holds. */
public final class EveryType {
    private EveryType() {}

    public static Row row() {
        List<Field> fields = new ArrayList<>();
        for (FieldType.Name name : FieldType.Name.values()) {
            FieldType type = name == FieldType.Name.DECIMAL ? FieldType.decimal(20, 4) : FieldType.of(name);
            FieldType list = new FieldType(name, true, type.precision(), type.scale());
            String label = name.name().toLowerCase(java.util.Locale.ROOT);
            fields.add(new Field("c_" + label, type, sample(name)));
            fields.add(new Field("l_" + label, list, new Value.Items(List.of(sample(name), Value.NULL))));
        }
        fields.add(new Field("c_unbounded", FieldType.of(FieldType.Name.DECIMAL), new Value.Text("NaN")));
        return Rows.row(Vector.ofFloats(Float.MIN_VALUE, -0.0f, Float.MAX_VALUE), fields.toArray(Field[]::new));
    }

    /** The same columns, all NULL but perhaps the vector. */
    public static Row nulls(@Nullable Vector vector) {
        return Rows.row(
                vector,
                row().fields().stream()
                        .map(f -> new Field(f.name(), f.type(), Value.NULL))
                        .toArray(Field[]::new));
    }

    public static Map<String, Value> values(Row row) {
        Map<String, Value> values = new LinkedHashMap<>();
        row.fields().forEach(f -> values.put(f.name(), f.value()));
        return values;
    }

    private static Value sample(FieldType.Name name) {
        return switch (name) {
            case BOOL -> new Value.Bool(true);
            case INT16 -> new Value.Whole(Short.MIN_VALUE);
            case INT32 -> new Value.Whole(Integer.MAX_VALUE);
            case INT64 -> new Value.Whole((1L << 53) + 1);
            case REAL32 -> new Value.Real32(0.1f);
            case REAL64 -> new Value.Real64(Double.MIN_VALUE);
            case DECIMAL -> new Value.Text("1234567890123456.7890");
            case TEXT -> new Value.Text("naïve 漢字 \uD83D\uDE80 '");
            case BYTES -> new Value.Bytes(ByteString.copyFrom(new byte[] {0, -1, 127}));
            case DATE -> new Value.Whole(-719_162);
            case TIME -> new Value.Whole(86_399_999_999L);
            case TIMESTAMP -> new Value.Whole(-1);
            case TIMESTAMPTZ -> new Value.Whole(1_763_700_000_123_456L);
            case UUID -> new Value.Text("123e4567-e89b-12d3-a456-426614174000");
            case JSON -> new Value.Text("{\"a\": [1, null]}");
        };
    }
}
