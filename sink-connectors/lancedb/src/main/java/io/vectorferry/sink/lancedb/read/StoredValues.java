package io.vectorferry.sink.lancedb.read;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;

/** Payload values as read back from Arrow columns. */
public final class StoredValues {
    private StoredValues() {}

    /** Returns the type of a column, including lists. */
    static FieldType typeOf(FieldVector column) {
        if (!(column instanceof ListVector list)) {
            return scalarType(column);
        }
        FieldType element = scalarType(list.getDataVector());
        return new FieldType(element.name(), true, element.precision(), element.scale());
    }

    public static Value value(FieldVector column, int row) {
        if (column.isNull(row)) {
            return Value.NULL;
        }
        if (!(column instanceof ListVector list)) {
            return scalar(column, row);
        }
        List<Value> items = new ArrayList<>();
        for (int i = list.getElementStartIndex(row); i < list.getElementEndIndex(row); i++) {
            items.add(value(list.getDataVector(), i));
        }
        return new Value.Items(items);
    }

    private static FieldType scalarType(FieldVector column) {
        return switch (column) {
            case DecimalVector decimal -> FieldType.decimal(decimal.getPrecision(), decimal.getScale());
            case BitVector ignored -> FieldType.of(FieldType.Name.BOOL);
            case SmallIntVector ignored -> FieldType.of(FieldType.Name.INT16);
            case IntVector ignored -> FieldType.of(FieldType.Name.INT32);
            case BigIntVector ignored -> FieldType.of(FieldType.Name.INT64);
            case Float4Vector ignored -> FieldType.of(FieldType.Name.REAL32);
            case Float8Vector ignored -> FieldType.of(FieldType.Name.REAL64);
            case VarBinaryVector ignored -> FieldType.of(FieldType.Name.BYTES);
            case DateDayVector ignored -> FieldType.of(FieldType.Name.DATE);
            case TimeMicroVector ignored -> FieldType.of(FieldType.Name.TIME);
            case TimeStampMicroVector ignored -> FieldType.of(FieldType.Name.TIMESTAMP);
            case TimeStampMicroTZVector ignored -> FieldType.of(FieldType.Name.TIMESTAMPTZ);
            default -> FieldType.of(FieldType.Name.TEXT);
        };
    }

    private static Value scalar(FieldVector column, int row) {
        return switch (column) {
            case BitVector bits -> new Value.Bool(bits.get(row) == 1);
            case SmallIntVector numbers -> new Value.Whole(numbers.get(row));
            case IntVector numbers -> new Value.Whole(numbers.get(row));
            case BigIntVector numbers -> new Value.Whole(numbers.get(row));
            case Float4Vector reals -> new Value.Real32(reals.get(row));
            case Float8Vector reals -> new Value.Real64(reals.get(row));
            case DecimalVector decimals ->
                new Value.Text(decimals.getObject(row).toPlainString());
            case VarCharVector texts -> new Value.Text(new String(texts.get(row), StandardCharsets.UTF_8));
            case VarBinaryVector bytes -> new Value.Bytes(ByteString.copyFrom(bytes.get(row)));
            case DateDayVector days -> new Value.Whole(days.get(row));
            case TimeMicroVector micros -> new Value.Whole(micros.get(row));
            case TimeStampVector micros -> new Value.Whole(micros.get(row));
            default -> new Value.Text(String.valueOf(column.getObject(row)));
        };
    }
}
