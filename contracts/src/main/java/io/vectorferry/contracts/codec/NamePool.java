package io.vectorferry.contracts.codec;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Returns the same string for the same bytes: a column's name comes with every row, and a new string each time would
 * have to be created, hashed and compared character by character. Bounded; a slot that two names share belongs to the
 * last one. Thread-safe: the content of a slot never changes, and a race costs one string.
 */
public final class NamePool {
    private static final int SLOTS = 1 << 10;
    private static final int MAX_BYTES = 256;

    private record Known(ByteString bytes, String name) {}

    private final @Nullable Known[] slots = new Known[SLOTS];

    /** @throws IllegalArgumentException when the bytes are not UTF-8 */
    public String of(ByteString bytes) {
        int slot = bytes.hashCode() & (SLOTS - 1);
        Known known = slots[slot];
        if (known != null && known.bytes().equals(bytes)) {
            return known.name();
        }
        if (!bytes.isValidUtf8()) {
            throw new IllegalArgumentException("a name is not UTF-8");
        }
        String name = bytes.toStringUtf8();
        if (bytes.size() <= MAX_BYTES) {
            slots[slot] =
                    new Known(ByteString.copyFrom(bytes.toByteArray()), name); // a slice would hold its whole record
        }
        return name;
    }
}
