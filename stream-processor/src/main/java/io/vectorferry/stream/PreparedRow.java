package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.Row;

/** What became of a row on its way through transforms and validation. */
sealed interface PreparedRow {
    record Kept(Row row, ContentHash hash) implements PreparedRow {}

    /** The filter or {@code nullVectors: skip} keeps it from the target. */
    record FilteredOut() implements PreparedRow {}

    record Rejected(FerryException why) implements PreparedRow {}
}
