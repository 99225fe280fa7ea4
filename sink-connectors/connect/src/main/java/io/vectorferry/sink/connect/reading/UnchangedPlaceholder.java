package io.vectorferry.sink.connect.reading;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Debezium's placeholder for a value that the log omits, in the type of the column. */
final class UnchangedPlaceholder {
    private final String text;
    private final byte[] bytes;

    UnchangedPlaceholder(String text) {
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }

    boolean is(@Nullable Object value) {
        return switch (value) {
            case String other -> other.equals(text);
            case byte[] other -> Arrays.equals(other, bytes);
            case ByteBuffer other -> Arrays.equals(VectorBytes.copyOf(other), bytes);
            case List<?> items -> isList(items);
            case Map<?, ?> map -> map.size() == 1 && map.containsKey(text);
            case null, default -> false;
        };
    }

    /** An array of texts holds the placeholder; one of numbers, its bytes. */
    private boolean isList(List<?> items) {
        if (items.size() == 1 && is(items.getFirst())) {
            return true;
        }
        if (items.size() != bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if (!(items.get(i) instanceof Number number) || number.doubleValue() != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
