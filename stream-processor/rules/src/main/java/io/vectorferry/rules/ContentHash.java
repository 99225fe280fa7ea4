package io.vectorferry.rules;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The first 128 bits of the SHA-256 of a row's bytes: enough that two contents of one key never meet. */
public record ContentHash(long high, long low) {
    public static final ContentHash NONE = new ContentHash(0, 0);

    public static ContentHash of(ByteString content) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            UnsafeByteOperations.unsafeWriteTo(content, new Digesting(sha));
            ByteBuffer digest = ByteBuffer.wrap(sha.digest());
            return new ContentHash(digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Digests the bytes where they lie: a read-only buffer of them would be copied first. */
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
