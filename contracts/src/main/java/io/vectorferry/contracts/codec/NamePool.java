package io.vectorferry.contracts.codec;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Gives the same string for the same bytes: a column's name comes with every row, and a string of its own each time
 * would have to be made, hashed and compared character by character. Bounded; a slot that two names share belongs to
 * the last one. Safe for any thread: what stands in a slot never changes, and a race costs a string.
 */
public final class NamePool {
    private static final int SLOTS = 1 << 10;
    private static final int MAX_BYTES = 256;

    private record Known(ByteString bytes, String name) {}

    private final @Nullable Known[] slots = new Known[SLOTS];

    /** @throws IllegalArgumentException when the bytes are no UTF-8 */
    public String of(ByteString bytes) {
        int slot = bytes.hashCode() & (SLOTS - 1);
        Known known = slots[slot];
        if (known != null && known.bytes().equals(bytes)) {
            return known.name();
        }
        if (!bytes.isValidUtf8()) {
            throw new IllegalArgumentException("a name is no UTF-8");
        }
        String name = bytes.toStringUtf8();
        if (bytes.size() <= MAX_BYTES) {
            slots[slot] =
                    new Known(ByteString.copyFrom(bytes.toByteArray()), name); // a slice would hold its whole record
        }
        return name;
    }
}
