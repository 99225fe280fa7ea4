package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.message.Codecs;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Objects;

/** The first 128 bits of the SHA-256 of what was published of a record. */
record RowHash(long high, long low) {
    /** Of a record that may be published or not: no content equals it. */
    static final RowHash UNCERTAIN = new RowHash(0, 0);

    static RowHash of(FetchedRow row) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(Objects.requireNonNull(Codecs.ROW.encode(row.row()), "a row has bytes"));
            digest.update(String.valueOf(row.problem()).getBytes(StandardCharsets.UTF_8));
            ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            return new RowHash(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
