package io.vectorferry.sink.contracttests;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import java.util.List;

/** Rows of one table before and after {@code ALTER TABLE … ALTER COLUMN … TYPE} with a wider type of the same kind. */
public final class WidenedRows {
    private static final Value OLD = new Value.Text("12345678.90");
    private static final Value NEW = new Value.Text("123456789012.34");

    private WidenedRows() {}

    public static Row narrow() {
        return Rows.row(
                Vector.ofFloats(1, 2, 3),
                new Field("price", FieldType.decimal(10, 2), OLD),
                new Field("prices", new FieldType(FieldType.Name.DECIMAL, true, 10, 2), new Value.Items(List.of(OLD))),
                new Field("amount", FieldType.decimal(10, 2), OLD),
                new Field("Line No", FieldType.of(FieldType.Name.INT16), new Value.Whole(7)),
                new Field(
                        "lines", FieldType.listOf(FieldType.Name.INT32), new Value.Items(List.of(new Value.Whole(8)))),
                new Field("score", FieldType.of(FieldType.Name.REAL32), new Value.Real32(0.5f)));
    }

    /** Returns a row with values that only the wider types can hold, except where a Milvus field cannot be widened. */
    public static Row wide() {
        return Rows.row(
                Vector.ofFloats(4, 5, 6),
                new Field("price", FieldType.decimal(14, 2), NEW),
                new Field("prices", new FieldType(FieldType.Name.DECIMAL, true, 14, 2), new Value.Items(List.of(NEW))),
                new Field("amount", FieldType.of(FieldType.Name.DECIMAL), new Value.Text("NaN")),
                new Field("Line No", FieldType.of(FieldType.Name.INT64), new Value.Whole(1L << 53)),
                new Field(
                        "lines",
                        FieldType.listOf(FieldType.Name.INT64),
                        new Value.Items(List.of(new Value.Whole(1L << 40)))),
                new Field("score", FieldType.of(FieldType.Name.REAL64), new Value.Real64(0.25)));
    }

    /** The old row as it reads after the change. */
    public static Row narrowInWideColumns() {
        List<Field> fields = narrow().fields().stream()
                .map(field -> field.name().equals("score")
                        ? new Field("score", FieldType.of(FieldType.Name.REAL64), new Value.Real64(0.5))
                        : field)
                .toList();
        return Rows.row(Vector.ofFloats(1, 2, 3), fields.toArray(Field[]::new));
    }
}
