package io.vectorferry.sink.connect.settings;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Nested values as canonical JSON: no spaces, the least escapes of RFC 8259, bytes as Base64. */
public final class JsonText {
    private JsonText() {}

    public static String of(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean bool -> bool.toString();
            case Double real when !Double.isFinite(real) -> quoted(real.toString());
            case Float real when !Float.isFinite(real) -> quoted(real.toString());
            case Number number -> number.toString();
            case byte[] bytes -> quoted(Base64.getEncoder().encodeToString(bytes));
            case ByteBuffer bytes -> quoted(Base64.getEncoder().encodeToString(copyOf(bytes)));
            case Struct struct -> ofStruct(struct);
            case Map<?, ?> map -> ofMap(map);
            case Collection<?> items -> {
                StringJoiner list = new StringJoiner(",", "[", "]");
                items.forEach(item -> list.add(of(item)));
                yield list.toString();
            }
            default -> quoted(value.toString());
        };
    }

    private static String ofStruct(Struct struct) {
        StringJoiner object = new StringJoiner(",", "{", "}");
        for (Field field : struct.schema().fields()) {
            object.add(quoted(field.name()) + ":" + of(struct.get(field)));
        }
        return object.toString();
    }

    private static String ofMap(Map<?, ?> map) {
        TreeMap<String, String> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(String.valueOf(key), of(value)));
        StringJoiner object = new StringJoiner(",", "{", "}");
        sorted.forEach((key, value) -> object.add(quoted(key) + ":" + value));
        return object.toString();
    }

    static String quoted(String text) {
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

    private static byte[] copyOf(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }
}
