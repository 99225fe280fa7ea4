package io.vectorferry.contracts.message;

import org.jspecify.annotations.Nullable;

/** The one encoding of a type on a topic. Stateless and safe for any thread. */
public interface Codec<T> {
    /** Returns the bytes, or null for a tombstone. */
    byte @Nullable [] encode(T value);

    /** @throws IllegalArgumentException when the bytes are not of this type */
    T decode(byte @Nullable [] bytes);
}
