package io.vectorferry.stream;

import io.vectorferry.contracts.row.Value;

/** Values as a reader of a failed test wants them. */
final class TestValues {
    private TestValues() {}

    static String shown(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text;
            case Value.Whole(long whole) -> Long.toString(whole);
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Null n -> "null";
            case Value.Real32 real -> real.toString();
            case Value.Real64 real -> real.toString();
            case Value.Bytes bytes -> "bytes";
            case Value.Items items -> items.toString();
        };
    }
}
