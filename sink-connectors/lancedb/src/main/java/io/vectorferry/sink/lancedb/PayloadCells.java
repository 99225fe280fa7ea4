package io.vectorferry.sink.lancedb;

import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.Value;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;

/** Puts payload values, which have passed {@link RowCheck}, into Arrow columns. */
final class PayloadCells {
    private PayloadCells() {}

    static void put(FieldVector column, FieldType type, int row, Value value) {
        if (value instanceof Value.Null) {
            return; // a cell that is not set is null
        }
        if (!type.list()) {
            putScalar(column, type, row, value);
            return;
        }
        List<Value> items = ((Value.Items) value).values();
        ListVector list = (ListVector) column;
        int start = list.startNewValue(row);
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Value.Null) {
                list.getDataVector().setValueCount(start + i + 1);
                list.getDataVector().setNull(start + i);
            } else {
                putScalar(list.getDataVector(), type, start + i, items.get(i));
            }
        }
        list.endValue(row, items.size());
    }

    private static void putScalar(FieldVector column, FieldType type, int row, Value value) {
        switch (type.name()) {
            case BOOL -> ((BitVector) column).setSafe(row, ((Value.Bool) value).value() ? 1 : 0);
            case INT16 -> ((SmallIntVector) column).setSafe(row, (short) whole(value));
            case INT32 -> ((IntVector) column).setSafe(row, (int) whole(value));
            case INT64 -> ((BigIntVector) column).setSafe(row, whole(value));
            case REAL32 -> ((Float4Vector) column).setSafe(row, ((Value.Real32) value).value());
            case REAL64 -> ((Float8Vector) column).setSafe(row, ((Value.Real64) value).value());
            case DECIMAL -> putDecimal(column, type, row, value);
            case TEXT, UUID, JSON -> putText(column, row, value);
            case BYTES ->
                ((VarBinaryVector) column)
                        .setSafe(row, ((Value.Bytes) value).value().toByteArray());
            case DATE -> ((DateDayVector) column).setSafe(row, (int) whole(value));
            case TIME -> ((TimeMicroVector) column).setSafe(row, whole(value));
            case TIMESTAMP, TIMESTAMPTZ -> ((TimeStampVector) column).setSafe(row, whole(value));
        }
    }

    private static void putDecimal(FieldVector column, FieldType type, int row, Value value) {
        if (ColumnTypes.isDecimal128(type)) {
            ((DecimalVector) column).setSafe(row, scaled(((Value.Text) value).value(), type));
        } else {
            putText(column, row, value);
        }
    }

    /** @throws ArithmeticException when the type cannot hold it exactly */
    static BigDecimal scaled(String digits, FieldType type) {
        BigDecimal exact = new BigDecimal(digits).setScale(type.scale(), RoundingMode.UNNECESSARY);
        if (exact.precision() > type.precision()) {
            throw new ArithmeticException("more digits than the column has");
        }
        return exact;
    }

    private static void putText(FieldVector column, int row, Value value) {
        ((VarCharVector) column).setSafe(row, ((Value.Text) value).value().getBytes(StandardCharsets.UTF_8));
    }

    private static long whole(Value value) {
        return ((Value.Whole) value).value();
    }
}
