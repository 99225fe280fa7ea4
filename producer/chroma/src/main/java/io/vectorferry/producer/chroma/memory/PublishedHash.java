package io.vectorferry.producer.chroma.memory;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.stores.chroma.ChromaRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;

/** The first 128 bits of the SHA-256 of what was published of a record. */
public record PublishedHash(long high, long low) {
    /** The hash of a record that may or may not be published: no content equals it. */
    static final PublishedHash UNCERTAIN = new PublishedHash(0, 0);

    public static PublishedHash of(ChromaRecord row) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Objects.requireNonNull(Codecs.ROW.encode(row.row()), "a row has bytes"));
            digest.update(String.valueOf(row.problem()).getBytes(StandardCharsets.UTF_8));
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new PublishedHash(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
