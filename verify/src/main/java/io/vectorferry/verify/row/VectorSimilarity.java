package io.vectorferry.verify.row;

import io.vectorferry.contracts.row.Vector;
import java.nio.ByteBuffer;

/** How much alike two vectors of one shape are. */
public record VectorSimilarity(double cosine, double normDrift) {
    public static final VectorSimilarity NONE = new VectorSimilarity(0, 1);

    private static final int BYTE_BITS = 8;

    public static VectorSimilarity of(Vector one, Vector other) {
        if (one.values().equals(other.values())) {
            return new VectorSimilarity(1, 0);
        }
        if (one.element() != other.element() || one.dimension() != other.dimension()) {
            return NONE;
        }
        double[] ours = components(one);
        double[] theirs = components(other);
        double product = 0;
        double ourSquares = 0;
        double theirSquares = 0;
        for (int i = 0; i < ours.length; i++) {
            product += ours[i] * theirs[i];
            ourSquares += ours[i] * ours[i];
            theirSquares += theirs[i] * theirs[i];
        }
        double ourNorm = Math.sqrt(ourSquares);
        double theirNorm = Math.sqrt(theirSquares);
        return ourNorm == 0 || theirNorm == 0
                ? NONE
                : new VectorSimilarity(product / ourNorm / theirNorm, Math.abs(theirNorm - ourNorm) / ourNorm);
    }

    static double[] components(Vector vector) {
        double[] components = new double[vector.dimension()];
        ByteBuffer bytes = vector.buffer();
        int entries = vector.element() == io.vectorferry.contracts.row.VectorElement.SPARSE
                ? vector.sparseEntries()
                : components.length;
        for (int i = 0; i < entries; i++) {
            switch (vector.element()) {
                case FLOAT32 -> components[i] = bytes.getFloat(i * Float.BYTES);
                case FLOAT16 -> components[i] = Float.float16ToFloat(bytes.getShort(i * Short.BYTES));
                case BFLOAT16 -> components[i] = Float.intBitsToFloat(bytes.getShort(i * Short.BYTES) << Short.SIZE);
                case INT8 -> components[i] = bytes.get(i);
                case BINARY -> components[i] = (bytes.get(i / BYTE_BITS) >> (BYTE_BITS - 1 - i % BYTE_BITS)) & 1;
                case SPARSE ->
                    components[bytes.getInt(i * Integer.BYTES)] = bytes.getFloat((entries + i) * Float.BYTES);
            }
        }
        return components;
    }
}
