package io.vectorferry.contracts.codec;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The first 128 bits of a SHA-256: enough that two different contents never have the same. */
public record Hash128(long high, long low) {
    /** Represents no content, or an unknown one: no content has this hash. */
    public static final Hash128 NONE = new Hash128(0, 0);

    /** Returns the hash of the parts, one behind the other. */
    public static Hash128 sha256(byte[]... parts) {
        MessageDigest digest = digest();
        for (byte[] part : parts) {
            digest.update(part);
        }
        return first(digest);
    }

    /** Returns the hash of the bytes, which are not copied. */
    public static Hash128 sha256(ByteString content) {
        MessageDigest digest = digest();
        try {
            UnsafeByteOperations.unsafeWriteTo(content, new Digesting(digest));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return first(digest);
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Hash128 first(MessageDigest digest) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest());
        return new Hash128(hash.getLong(), hash.getLong());
    }

    /** Digests the bytes where they are: a read-only buffer of them would be copied first. */
    private static final class Digesting extends ByteOutput {
        private final MessageDigest digest;

        Digesting(MessageDigest digest) {
            this.digest = digest;
        }

        @Override
        public void write(byte value) {
            digest.update(value);
        }

        @Override
        public void write(byte[] value, int offset, int length) {
            digest.update(value, offset, length);
        }

        @Override
        public void writeLazy(byte[] value, int offset, int length) {
            digest.update(value, offset, length);
        }

        @Override
        public void write(ByteBuffer value) {
            digest.update(value);
        }

        @Override
        public void writeLazy(ByteBuffer value) {
            digest.update(value);
        }
    }
}
