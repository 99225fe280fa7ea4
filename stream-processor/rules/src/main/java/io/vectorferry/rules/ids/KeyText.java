package io.vectorferry.rules.ids;

import io.vectorferry.contracts.row.Value;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** A key's columns as one canonical JSON array: no spaces, the least escapes of RFC 8259, bytes as Base64. */
public final class KeyText {
    private KeyText() {}

    public static String of(List<Value> parts) {
        return parts.stream().map(KeyText::of).collect(Collectors.joining(",", "[", "]"));
    }

    private static String of(Value value) {
        return switch (value) {
            case Value.Null n -> "null";
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Whole(long whole) -> Long.toString(whole);
            case Value.Real32(float real) -> Float.isFinite(real) ? Float.toString(real) : quoted(Float.toString(real));
            case Value.Real64(double real) ->
                Double.isFinite(real) ? Double.toString(real) : quoted(Double.toString(real));
            case Value.Text(String text) -> quoted(text);
            case Value.Bytes(var bytes) -> quoted(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Value.Items(List<Value> items) -> of(items);
        };
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                default -> json.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        return json.append('"').toString();
    }
}
