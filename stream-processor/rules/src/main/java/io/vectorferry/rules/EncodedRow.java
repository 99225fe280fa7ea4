package io.vectorferry.rules;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.row.Row;
import java.util.Objects;

/**
 * A row as it goes to {@code records}.
 *
 * @param content as {@link Codecs#ROW} encodes it
 */
public record EncodedRow(ByteString content, Hash128 hash) {
    public static EncodedRow of(Row row) {
        return of(encoded(row));
    }

    public static EncodedRow of(ByteString content) {
        return new EncodedRow(content, Hash128.sha256(content));
    }

    public static ByteString encoded(Row row) {
        return UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(Codecs.ROW.encode(row), "a row has bytes"));
    }
}
