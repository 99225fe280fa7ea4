package io.vectorferry.stream;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;

/** What became of a row on its way through transforms and validation. */
sealed interface PreparedRow {
    /** @param content the row as {@link io.vectorferry.contracts.message.Codecs#ROW} encodes it, for good */
    record Kept(ByteString content, ContentHash hash) implements PreparedRow {}

    /** The filter or {@code nullVectors: skip} keeps it from the target. */
    record FilteredOut() implements PreparedRow {}

    record Rejected(FerryException why) implements PreparedRow {}
}
