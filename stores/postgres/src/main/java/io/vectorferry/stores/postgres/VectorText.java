package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.FloatText;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Vectors from the text that logical decoding carries, straight to our bytes: no boxed number on the way. */
public final class VectorText {
    private VectorText() {}

    /**
     * @param expected the dimension that the column declares, or 0: what the text has counts
     * @throws IllegalArgumentException when the text is not a vector of that kind
     */
    public static Vector parse(VectorElement element, int expected, String text) {
        return switch (element) {
            case FLOAT32 -> floats(expected, text);
            case FLOAT16 -> halves(expected, text);
            case SPARSE -> sparse(text);
            case BINARY -> bits(text);
            case BFLOAT16, INT8 -> throw new IllegalArgumentException("PostgreSQL has no " + element);
        };
    }

    /** {@code [1,2.5]} of a vector, {@code {1,2.5}} of a real[]. */
    private static Vector floats(int expected, String text) {
        FloatText numbers = new FloatText(ascii(text), 1);
        ByteBuffer out = buffer(Math.max(expected, 1) * Float.BYTES);
        do {
            out = withRoom(out, Float.BYTES);
            out.putFloat(numbers.next());
        } while (numbers.hasMore());
        return Vector.ofBytes(VectorElement.FLOAT32, out.position() / Float.BYTES, filled(out));
    }

    private static Vector halves(int expected, String text) {
        FloatText numbers = new FloatText(ascii(text), 1);
        ByteBuffer out = buffer(Math.max(expected, 1) * Short.BYTES);
        do {
            out = withRoom(out, Short.BYTES);
            out.putShort(Float.floatToFloat16(numbers.next()));
        } while (numbers.hasMore());
        return Vector.ofBytes(VectorElement.FLOAT16, out.position() / Short.BYTES, filled(out));
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
        return buffer.remaining() >= bytes
                ? buffer
                : buffer(2 * buffer.capacity()).put(buffer.flip());
    }

    private static byte[] filled(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    /** {@code {1:1.5,3:2}/5}: indices from 1 in the text, from 0 in the bytes. */
    private static Vector sparse(String text) {
        int close = text.indexOf('}');
        int dimension = Integer.parseInt(text, close + 2, text.length(), 10);
        byte[] ascii = ascii(text);
        int entries = close == 1 ? 0 : count(ascii);
        ByteBuffer out = ByteBuffer.allocate(entries * 2 * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int from = 1;
        for (int i = 0; i < entries; i++) {
            int colon = text.indexOf(':', from);
            out.putInt(i * Integer.BYTES, Integer.parseInt(text, from, colon, 10) - 1);
            FloatText number = new FloatText(ascii, colon + 1);
            out.putFloat((entries + i) * Float.BYTES, number.next());
            from = number.at();
        }
        return Vector.ofBytes(VectorElement.SPARSE, dimension, out.array());
    }

    private static Vector bits(String text) {
        byte[] bytes = new byte[(text.length() + 7) / 8];
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '1') {
                bytes[i / 8] |= (byte) (0x80 >> (i % 8));
            }
        }
        return Vector.ofBytes(VectorElement.BINARY, text.length(), bytes);
    }

    /** A character that is not Latin becomes a question mark, which is not a number either. */
    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static int count(byte[] text) {
        int count = 1;
        for (byte character : text) {
            if (character == ',') {
                count++;
            }
        }
        return count;
    }
}
