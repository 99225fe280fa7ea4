package io.vectorferry.sink.lancedb.write;

import io.vectorferry.contracts.row.Value;
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

/** Puts payload values, which have passed {@link TableRowCheck}, into Arrow columns of their type or of a wider one. */
public final class ArrowFields {
    private ArrowFields() {}

    public static void put(FieldVector column, int row, Value value) {
        if (value instanceof Value.Null) {
            return; // a cell that is not set is null
        }
        if (!(column instanceof ListVector list)) {
            putScalar(column, row, value);
            return;
        }
        List<Value> items = ((Value.Items) value).values();
        int start = list.startNewValue(row);
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i) instanceof Value.Null) {
                list.getDataVector().setValueCount(start + i + 1);
                list.getDataVector().setNull(start + i);
            } else {
                putScalar(list.getDataVector(), start + i, items.get(i));
            }
        }
        list.endValue(row, items.size());
    }

    private static void putScalar(FieldVector column, int row, Value value) {
        switch (column) {
            case BitVector bits -> bits.setSafe(row, ((Value.Bool) value).value() ? 1 : 0);
            case SmallIntVector numbers -> numbers.setSafe(row, (short) whole(value));
            case IntVector numbers -> numbers.setSafe(row, (int) whole(value));
            case BigIntVector numbers -> numbers.setSafe(row, whole(value));
            case Float4Vector reals -> reals.setSafe(row, ((Value.Real32) value).value());
            case Float8Vector reals -> reals.setSafe(row, real(value));
            case DecimalVector decimals ->
                decimals.setSafe(
                        row, scaled(((Value.Text) value).value(), decimals.getPrecision(), decimals.getScale()));
            case VarCharVector texts ->
                texts.setSafe(row, ((Value.Text) value).value().getBytes(StandardCharsets.UTF_8));
            case VarBinaryVector bytes ->
                bytes.setSafe(row, ((Value.Bytes) value).value().toByteArray());
            case DateDayVector days -> days.setSafe(row, (int) whole(value));
            case TimeMicroVector micros -> micros.setSafe(row, whole(value));
            case TimeStampVector micros -> micros.setSafe(row, whole(value));
            default -> throw new IllegalArgumentException("no payload is stored in a column of " + column.getField());
        }
    }

    /** @throws ArithmeticException if that many digits do not hold it exactly */
    static BigDecimal scaled(String digits, int precision, int scale) {
        BigDecimal exact = new BigDecimal(digits).setScale(scale, RoundingMode.UNNECESSARY);
        if (exact.precision() > precision) {
            throw new ArithmeticException("more digits than the column has");
        }
        return exact;
    }

    private static long whole(Value value) {
        return ((Value.Whole) value).value();
    }

    private static double real(Value value) {
        return value instanceof Value.Real32(float real) ? real : ((Value.Real64) value).value();
    }
}
