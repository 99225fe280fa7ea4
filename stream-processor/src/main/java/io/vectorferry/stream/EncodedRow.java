package io.vectorferry.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.Row;
import java.util.Objects;

/**
 * A row as it goes to {@code records}.
 *
 * @param content as {@link Codecs#ROW} encodes it
 */
public record EncodedRow(ByteString content, ContentHash hash) {
    public static EncodedRow of(Row row) {
        return of(encoded(row));
    }

    static EncodedRow of(ByteString content) {
        return new EncodedRow(content, ContentHash.of(content));
    }

    static ByteString encoded(Row row) {
        return UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(Codecs.ROW.encode(row), "a row has bytes"));
    }
}
