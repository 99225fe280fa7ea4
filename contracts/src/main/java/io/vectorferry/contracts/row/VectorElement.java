package io.vectorferry.contracts.row;

/** The element type of a vector; {@link Vector} has the byte layout of each. */
public enum VectorElement {
    FLOAT32,
    FLOAT16,
    BFLOAT16,
    INT8,
    /** Eight dimensions a byte, the first in the highest bit. */
    BINARY,
    /** n little-endian uint32 indices from 0, ascending, then n little-endian float32 values. */
    SPARSE;

    /** Bytes of a dense vector of that dimension. */
    public int denseBytes(int dimension) {
        return switch (this) {
            case FLOAT32 -> Math.multiplyExact(dimension, 4);
            case FLOAT16, BFLOAT16 -> Math.multiplyExact(dimension, 2);
            case INT8 -> dimension;
            case BINARY -> (dimension + 7) / 8;
            case SPARSE -> throw new IllegalArgumentException("a sparse vector has no fixed size");
        };
    }
}
