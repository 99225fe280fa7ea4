package io.vectorferry.sink.spi.parts;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;

/** Whether a value is of the kind that its declared type promises. */
public final class ValueKinds {
    private ValueKinds() {}

    public static boolean fits(FieldType type, Value value) {
        if (value instanceof Value.Null) {
            return true;
        }
        if (!type.list()) {
            return fitsScalar(type.name(), value);
        }
        return value instanceof Value.Items(var items)
                && items.stream().allMatch(item -> item instanceof Value.Null || fitsScalar(type.name(), item));
    }

    private static boolean fitsScalar(FieldType.Name type, Value value) {
        return switch (type) {
            case BOOL -> value instanceof Value.Bool;
            case INT16 -> value instanceof Value.Whole(long whole) && whole == (short) whole;
            case INT32, DATE -> value instanceof Value.Whole(long whole) && whole == (int) whole;
            case INT64, TIME, TIMESTAMP, TIMESTAMPTZ -> value instanceof Value.Whole;
            case REAL32 -> value instanceof Value.Real32;
            case REAL64 -> value instanceof Value.Real64;
            case DECIMAL, TEXT, UUID, JSON -> value instanceof Value.Text;
            case BYTES -> value instanceof Value.Bytes;
        };
    }

    /** About how many bytes the value takes on the wire; never less than a third of the truth. */
    public static long size(Value value) {
        return switch (value) {
            case Value.Null() -> 0;
            case Value.Bool ignored -> 5;
            case Value.Whole ignored -> 20;
            case Value.Real32 ignored -> 16;
            case Value.Real64 ignored -> 24;
            case Value.Text(String text) -> text.length() + 2L;
            case Value.Bytes(var bytes) -> bytes.size() * 4L / 3 + 4;
            case Value.Items(var items) ->
                items.stream().mapToLong(item -> size(item) + 4).sum() + 2;
        };
    }
}
