package io.vectorferry.contracts.row;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One vector as little-endian IEEE bytes, never widened and never text. Immutable, equal by value bit for bit. */
public record Vector(VectorElement element, int dimension, ByteString values) {
    private static final int SPARSE_ENTRY_BYTES = 8;

    public Vector {
        if (dimension < 1) {
            throw new IllegalArgumentException("a vector has at least one dimension: " + dimension);
        }
        boolean sized = element == VectorElement.SPARSE
                ? values.size() % SPARSE_ENTRY_BYTES == 0 && values.size() / SPARSE_ENTRY_BYTES <= dimension
                : values.size() == element.denseBytes(dimension);
        if (!sized) {
            throw new IllegalArgumentException(
                    "%d bytes are not a %s vector of dimension %d".formatted(values.size(), element, dimension));
        }
    }

    /** Takes the array over without a copy: the caller does not write to it again. */
    public static Vector ofBytes(VectorElement element, int dimension, byte[] littleEndian) {
        return new Vector(element, dimension, UnsafeByteOperations.unsafeWrap(littleEndian));
    }

    public static Vector ofFloats(float... floats) {
        ByteBuffer bytes = ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(floats);
        return ofBytes(VectorElement.FLOAT32, floats.length, bytes.array());
    }

    /** The bytes from index 0 as a read-only little-endian buffer, without a copy. */
    public ByteBuffer buffer() {
        return values.asReadOnlyByteBuffer().slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Entries that a sparse vector holds. */
    public int sparseEntries() {
        return values.size() / SPARSE_ENTRY_BYTES;
    }
}
