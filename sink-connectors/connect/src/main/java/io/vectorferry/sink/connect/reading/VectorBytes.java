package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** A vector from whatever a converter made of it: numbers, little-endian float32 bytes, text, or Debezium's sparse struct. */
public final class VectorBytes {
    private static final String SPARSE_DIMENSIONS = "dimensions";
    private static final String SPARSE_ENTRIES = "vector";

    private VectorBytes() {}

    public static Vector of(String field, Object value) {
        return switch (value) {
            case List<?> numbers -> dense(field, numbers);
            case byte[] bytes -> floats(field, bytes);
            case ByteBuffer bytes -> floats(field, copyOf(bytes));
            case String text -> parsed(field, text);
            case Struct sparse
            when sparse.schema().field(SPARSE_ENTRIES) != null ->
                sparse(field, sparse.get(SPARSE_DIMENSIONS), sparse.get(SPARSE_ENTRIES));
            case Map<?, ?> sparse
            when sparse.containsKey(SPARSE_ENTRIES) ->
                sparse(field, sparse.get(SPARSE_DIMENSIONS), sparse.get(SPARSE_ENTRIES));
            default ->
                throw corrupt(
                        "field %s is not a vector: a vector is an array of numbers, little-endian float32 bytes or text such as [1,2,3]"
                                .formatted(field));
        };
    }

    public static byte[] copyOf(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return copy;
    }

    private static Vector dense(String field, List<?> numbers) {
        float[] floats = new float[numbers.size()];
        for (int i = 0; i < floats.length; i++) {
            if (!(numbers.get(i) instanceof Number number)) {
                throw corrupt("vector %s has an element that is not a number".formatted(field));
            }
            floats[i] = number instanceof Float real ? real : (float) number.doubleValue();
        }
        return checked(field, floats);
    }

    private static Vector floats(String field, byte[] bytes) {
        if (bytes.length % Float.BYTES != 0) {
            throw corrupt("vector %s has %d bytes, which are not float32 values".formatted(field, bytes.length));
        }
        float[] floats = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
        return checked(field, floats);
    }

    private static Vector parsed(String field, String text) {
        String plain = text.strip();
        if (!plain.startsWith("[") || !plain.endsWith("]")) {
            throw corrupt("vector %s is text without brackets; write it as [1,2,3]".formatted(field));
        }
        String[] parts = plain.substring(1, plain.length() - 1).split(",", -1);
        float[] floats = new float[parts.length];
        try {
            for (int i = 0; i < parts.length; i++) {
                floats[i] = Float.parseFloat(parts[i].strip());
            }
        } catch (NumberFormatException e) {
            throw corrupt("vector %s has an element that is not a number".formatted(field));
        }
        return checked(field, floats);
    }

    private static Vector checked(String field, float[] floats) {
        if (floats.length == 0) {
            throw corrupt("vector %s is empty".formatted(field));
        }
        for (float each : floats) {
            finite(field, each);
        }
        return Vector.ofFloats(floats);
    }

    /** Debezium's indices start at 1 and its dimension is an INT16, which a larger one overflows. */
    private static Vector sparse(String field, @Nullable Object dimensions, @Nullable Object entries) {
        if (!(dimensions instanceof Number count) || count.intValue() < 1) {
            throw corrupt("sparse vector %s has no usable dimension".formatted(field));
        }
        TreeMap<Integer, Float> sorted = new TreeMap<>();
        for (Map.Entry<?, ?> entry : entries(field, entries)) {
            long at = index(field, entry.getKey()) - 1;
            if (at < 0 || at >= count.intValue() || !(entry.getValue() instanceof Number number)) {
                throw corrupt("sparse vector %s has an entry outside its dimension".formatted(field));
            }
            sorted.put((int) at, finite(field, (float) number.doubleValue()));
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(sorted.size() * 2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        sorted.keySet().forEach(bytes::putInt);
        sorted.values().forEach(bytes::putFloat);
        return Vector.ofBytes(VectorElement.SPARSE, count.intValue(), bytes.array());
    }

    /** A map, or the array of pairs that JsonConverter makes of one whose keys are numbers. */
    private static List<Map.Entry<?, ?>> entries(String field, @Nullable Object entries) {
        List<Map.Entry<?, ?>> all = new ArrayList<>();
        switch (entries) {
            case Map<?, ?> map -> all.addAll(map.entrySet());
            case List<?> pairs -> {
                for (Object pair : pairs) {
                    if (!(pair instanceof List<?> two) || two.size() != 2) {
                        throw corrupt("sparse vector %s has an entry that is not a pair".formatted(field));
                    }
                    all.add(new AbstractMap.SimpleEntry<>(two.getFirst(), two.getLast()));
                }
            }
            case null, default ->
                throw corrupt("sparse vector %s has neither a map nor pairs as its entries".formatted(field));
        }
        return all;
    }

    private static long index(String field, @Nullable Object index) {
        try {
            return Long.parseLong(String.valueOf(index));
        } catch (NumberFormatException e) {
            throw corrupt("sparse vector %s has an index that is not an integer".formatted(field));
        }
    }

    private static float finite(String field, float value) {
        if (!Float.isFinite(value)) {
            throw corrupt("vector %s has a value that is not finite".formatted(field));
        }
        return value;
    }

    private static FerryException corrupt(String message) {
        return FerryException.rejected(ErrorType.DATA_CORRUPTION, message);
    }
}
