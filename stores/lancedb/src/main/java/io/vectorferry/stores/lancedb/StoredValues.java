package io.vectorferry.stores.lancedb;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Payload values as read back from Arrow columns, of tables that ferry made and of others. */
public final class StoredValues {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long MICROS_PER_MILLI = 1_000;
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long MILLIS_PER_DAY = 86_400_000;

    private StoredValues() {}

    /** Returns the type of a column, including lists. */
    public static FieldType typeOf(FieldVector column) {
        return ColumnTypes.readType(column.getField());
    }

    /** @throws ArithmeticException if the pipeline cannot represent the value exactly; says why */
    public static Value value(FieldVector column, int row) {
        if (column.isNull(row)) {
            return Value.NULL;
        }
        if (ColumnTypes.isNested(column.getField())) {
            return new Value.Text(NestedJson.text(column, row));
        }
        return switch (column) {
            case ListVector list ->
                items(list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
            case LargeListVector list ->
                items(list.getDataVector(), list.getElementStartIndex(row), list.getElementEndIndex(row));
            case FixedSizeListVector list ->
                items(list.getDataVector(), (long) row * list.getListSize(), (long) (row + 1) * list.getListSize());
            default -> scalar(column, row);
        };
    }

    private static Value items(FieldVector data, long from, long to) {
        List<Value> items = new ArrayList<>(Math.toIntExact(to - from));
        for (long i = from; i < to; i++) {
            items.add(value(data, Math.toIntExact(i)));
        }
        return new Value.Items(items);
    }

    private static Value scalar(FieldVector column, int row) {
        return switch (column) {
            case BitVector bits -> new Value.Bool(bits.get(row) == 1);
            case TinyIntVector numbers -> new Value.Whole(numbers.get(row));
            case SmallIntVector numbers -> new Value.Whole(numbers.get(row));
            case IntVector numbers -> new Value.Whole(numbers.get(row));
            case BigIntVector numbers -> new Value.Whole(numbers.get(row));
            case UInt1Vector numbers -> new Value.Whole(Byte.toUnsignedLong(numbers.get(row)));
            case UInt2Vector numbers -> new Value.Whole(numbers.get(row));
            case UInt4Vector numbers -> new Value.Whole(Integer.toUnsignedLong(numbers.get(row)));
            case UInt8Vector numbers -> new Value.Text(Long.toUnsignedString(numbers.get(row)));
            case Float2Vector reals -> new Value.Real32(Float.float16ToFloat(reals.get(row)));
            case Float4Vector reals -> new Value.Real32(reals.get(row));
            case Float8Vector reals -> new Value.Real64(reals.get(row));
            case DecimalVector decimals ->
                new Value.Text(decimals.getObject(row).toPlainString());
            case Decimal256Vector decimals ->
                new Value.Text(decimals.getObject(row).toPlainString());
            case VarCharVector texts -> new Value.Text(new String(texts.get(row), StandardCharsets.UTF_8));
            case LargeVarCharVector texts -> new Value.Text(new String(texts.get(row), StandardCharsets.UTF_8));
            case VarBinaryVector bytes -> new Value.Bytes(ByteString.copyFrom(bytes.get(row)));
            case LargeVarBinaryVector bytes -> new Value.Bytes(ByteString.copyFrom(bytes.get(row)));
            case FixedSizeBinaryVector bytes -> new Value.Bytes(ByteString.copyFrom(bytes.get(row)));
            case DateDayVector days -> new Value.Whole(days.get(row));
            case DateMilliVector millis -> new Value.Whole(Math.floorDiv(millis.get(row), MILLIS_PER_DAY));
            case TimeSecVector seconds -> new Value.Whole(seconds.get(row) * MICROS_PER_SECOND);
            case TimeMilliVector millis -> new Value.Whole(millis.get(row) * MICROS_PER_MILLI);
            case TimeMicroVector micros -> new Value.Whole(micros.get(row));
            case TimeNanoVector nanos -> new Value.Whole(micros(nanos.get(row)));
            case TimeStampVector times -> new Value.Whole(micros(times, row));
            default -> new Value.Text(String.valueOf(column.getObject(row)));
        };
    }

    private static long micros(TimeStampVector times, int row) {
        long time = times.get(row);
        TimeUnit unit = ((ArrowType.Timestamp) times.getField().getType()).getUnit();
        return switch (unit) {
            case SECOND -> Math.multiplyExact(time, MICROS_PER_SECOND);
            case MILLISECOND -> Math.multiplyExact(time, MICROS_PER_MILLI);
            case MICROSECOND -> time;
            case NANOSECOND -> micros(time);
        };
    }

    private static long micros(long nanos) {
        if (nanos % NANOS_PER_MICRO != 0) {
            throw new ArithmeticException("a time has nanoseconds, and microseconds are the finest that are kept");
        }
        return nanos / NANOS_PER_MICRO;
    }
}
