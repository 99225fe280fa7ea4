package io.vectorferry.rules;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Row;

/** The content that a target must hold for a row of the source. */
public sealed interface Expected {
    /** @param row as the transforms make it */
    record Present(Row row) implements Expected {}

    /** The filter, or {@code nullVectors: skip}, excludes the row. */
    record Excluded() implements Expected {}

    /** The row becomes a dead letter. The target may still hold an older state of it. */
    record Rejected(FerryException why) implements Expected {
        public ErrorType error() {
            return why.errorType();
        }
    }
}
