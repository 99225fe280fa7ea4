package io.vectorferry.stores.postgres;

import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Vectors from the binary send formats of pgvector's types, of {@code bit} and of {@code real[]}, straight to our bytes. */
public final class BinaryVectors {
    private BinaryVectors() {}

    /**
     * Reads the field at the buffer's position, which ends after the field either way; null for NULL.
     *
     * @throws IllegalArgumentException when the value is not a vector
     */
    public static @Nullable Vector read(VectorElement element, boolean array, ByteBuffer tuple) {
        int length = tuple.getInt();
        if (length < 0) {
            return null;
        }
        int end = tuple.position() + length;
        try {
            return array ? realArray(tuple) : one(element, tuple);
        } finally {
            tuple.position(end);
        }
    }

    private static Vector one(VectorElement element, ByteBuffer tuple) {
        return switch (element) {
            case FLOAT32 -> floats(tuple);
            case FLOAT16 -> halves(tuple);
            case SPARSE -> sparse(tuple);
            case BINARY -> bits(tuple);
            case BFLOAT16, INT8 -> throw new IllegalStateException("PostgreSQL has no " + element);
        };
    }

    /** {@code vector_send}: int16 dimension, int16 unused, float4 each, big-endian. */
    private static Vector floats(ByteBuffer in) {
        int dimension = in.getShort() & 0xffff;
        in.getShort();
        byte[] bytes = new byte[dimension * Float.BYTES];
        swap4(in, bytes, dimension);
        return Vector.ofBytes(VectorElement.FLOAT32, dimension, bytes);
    }

    /** {@code halfvec_send}: as vector, two bytes each. */
    private static Vector halves(ByteBuffer in) {
        int dimension = in.getShort() & 0xffff;
        in.getShort();
        byte[] bytes = new byte[dimension * Short.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < dimension; i++) {
            out.putShort(in.getShort());
        }
        return Vector.ofBytes(VectorElement.FLOAT16, dimension, bytes);
    }

    /** {@code sparsevec_send}: int32 dimension, count and unused, int32 indices from 0, then float4 values. */
    private static Vector sparse(ByteBuffer in) {
        int dimension = in.getInt();
        int entries = in.getInt();
        in.getInt();
        byte[] bytes = new byte[entries * 2 * Integer.BYTES];
        swap4(in, bytes, entries * 2);
        return Vector.ofBytes(VectorElement.SPARSE, dimension, bytes);
    }

    /** {@code bit_send}: int32 bits, then eight a byte from the highest. */
    private static Vector bits(ByteBuffer in) {
        int dimension = in.getInt();
        byte[] bytes = new byte[(dimension + 7) / 8];
        in.get(bytes);
        return Vector.ofBytes(VectorElement.BINARY, dimension, bytes);
    }

    /** A one-dimensional {@code real[]}; its elements each carry their length. */
    private static Vector realArray(ByteBuffer in) {
        int dimensions = in.getInt();
        boolean nulls = in.getInt() != 0;
        in.getInt();
        if (dimensions != 1 || nulls) {
            throw new IllegalArgumentException("the array is not a vector: it has NULLs, or not exactly one dimension");
        }
        int dimension = in.getInt();
        in.getInt();
        byte[] bytes = new byte[dimension * Float.BYTES];
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < dimension; i++) {
            in.getInt();
            out.putInt(in.getInt());
        }
        return Vector.ofBytes(VectorElement.FLOAT32, dimension, bytes);
    }

    private static void swap4(ByteBuffer bigEndian, byte[] into, int count) {
        // One bulk copy, which the JVM swaps by itself.
        ByteBuffer.wrap(into)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .put(bigEndian
                        .slice(bigEndian.position(), count * Integer.BYTES)
                        .asIntBuffer());
    }
}
