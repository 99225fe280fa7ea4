package io.vectorferry.sink.chroma;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Vectors as Chroma holds them: float32, which every float16, bfloat16 and int8 is exactly. */
final class StoredVectors {
    private static final int BFLOAT16_SHIFT = 16;

    private StoredVectors() {}

    static boolean canHold(VectorElement element) {
        return switch (element) {
            case FLOAT32, FLOAT16, BFLOAT16, INT8 -> true;
            case BINARY, SPARSE -> false;
        };
    }

    /** Returns the little-endian float32 components. */
    static ByteString floats(Vector vector) {
        if (vector.element() == VectorElement.FLOAT32) {
            return vector.values();
        }
        ByteBuffer from = vector.buffer();
        ByteBuffer floats =
                ByteBuffer.allocate(vector.dimension() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < vector.dimension(); i++) {
            floats.putFloat(component(vector.element(), from, i));
        }
        return UnsafeByteOperations.unsafeWrap(floats.array());
    }

    private static float component(VectorElement element, ByteBuffer from, int at) {
        return switch (element) {
            case FLOAT32 -> from.getFloat(at * Float.BYTES);
            case FLOAT16 -> Float.float16ToFloat(from.getShort(at * Short.BYTES));
            case BFLOAT16 -> Float.intBitsToFloat(from.getShort(at * Short.BYTES) << BFLOAT16_SHIFT);
            case INT8 -> from.get(at);
            case BINARY, SPARSE -> throw new IllegalArgumentException(element + " vectors are not dense floats");
        };
    }

    /** Returns the vector as its column has it; a space that keeps vectors to 1e-7 only keeps the shorter elements exactly. */
    static Vector as(VectorElement element, Vector stored) {
        int dimension = stored.dimension();
        ByteBuffer floats = stored.buffer();
        return switch (element) {
            case FLOAT32, BINARY, SPARSE -> stored;
            case FLOAT16 -> {
                ByteBuffer halves = ByteBuffer.allocate(dimension * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < dimension; i++) {
                    halves.putShort(Float.floatToFloat16(floats.getFloat(i * Float.BYTES)));
                }
                yield Vector.ofBytes(element, dimension, halves.array());
            }
            case BFLOAT16 -> {
                ByteBuffer halves = ByteBuffer.allocate(dimension * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < dimension; i++) {
                    halves.putShort(nearestBfloat16(floats.getFloat(i * Float.BYTES)));
                }
                yield Vector.ofBytes(element, dimension, halves.array());
            }
            case INT8 -> {
                byte[] bytes = new byte[dimension];
                for (int i = 0; i < dimension; i++) {
                    bytes[i] = (byte) Math.round(floats.getFloat(i * Float.BYTES));
                }
                yield Vector.ofBytes(element, dimension, bytes);
            }
        };
    }

    private static short nearestBfloat16(float number) {
        int bits = Float.floatToRawIntBits(number);
        return (short) ((bits + 0x8000) >>> BFLOAT16_SHIFT);
    }
}
