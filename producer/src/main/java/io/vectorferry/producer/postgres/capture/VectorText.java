package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.message.Vector;
import io.vectorferry.contracts.message.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Vectors from the text that logical decoding carries, straight to our bytes: no boxed number on the way. */
final class VectorText {
    private VectorText() {}

    /** @throws IllegalArgumentException when the text is no vector of that kind */
    static Vector parse(VectorElement element, String text) {
        return switch (element) {
            case FLOAT32 -> floats(text);
            case FLOAT16 -> halves(text);
            case SPARSE -> sparse(text);
            case BINARY -> bits(text);
            case BFLOAT16, INT8 -> throw new IllegalArgumentException("PostgreSQL has no " + element);
        };
    }

    /** {@code [1,2.5]} of a vector, {@code {1,2.5}} of a real[]. */
    private static Vector floats(String text) {
        int dimension = count(text);
        byte[] bytes = new byte[dimension * Float.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int from = 1;
        for (int i = 0; i < dimension; i++) {
            int to = end(text, from);
            out.putFloat(FloatText.parse(text, from, to));
            from = to + 1;
        }
        return Vector.ofBytes(VectorElement.FLOAT32, dimension, bytes);
    }

    private static Vector halves(String text) {
        int dimension = count(text);
        byte[] bytes = new byte[dimension * Short.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int from = 1;
        for (int i = 0; i < dimension; i++) {
            int to = end(text, from);
            out.putShort(Float.floatToFloat16(FloatText.parse(text, from, to)));
            from = to + 1;
        }
        return Vector.ofBytes(VectorElement.FLOAT16, dimension, bytes);
    }

    /** {@code {1:1.5,3:2}/5}: indices from 1 in the text, from 0 in the bytes. */
    private static Vector sparse(String text) {
        int close = text.indexOf('}');
        int dimension = Integer.parseInt(text, close + 2, text.length(), 10);
        int entries = close == 1 ? 0 : count(text.substring(0, close + 1));
        byte[] bytes = new byte[entries * 2 * Integer.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int from = 1;
        for (int i = 0; i < entries; i++) {
            int colon = text.indexOf(':', from);
            int to = Math.min(end(text, from), close);
            out.putInt(i * Integer.BYTES, Integer.parseInt(text, from, colon, 10) - 1);
            out.putFloat((entries + i) * Float.BYTES, FloatText.parse(text, colon + 1, to));
            from = to + 1;
        }
        return Vector.ofBytes(VectorElement.SPARSE, dimension, bytes);
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

    private static int count(String text) {
        int count = 1;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == ',') {
                count++;
            }
        }
        return count;
    }

    private static int end(String text, int from) {
        int comma = text.indexOf(',', from);
        return comma < 0 ? text.length() - 1 : comma;
    }
}
