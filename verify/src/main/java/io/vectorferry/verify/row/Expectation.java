package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Row;

/** What a target must hold of a row of the source. */
public sealed interface Expectation {
    /** @param row as the pipeline's transforms make it */
    record Present(Row row) implements Expectation {}

    /** The filter or {@code nullVectors: skip} keeps it from the target. */
    record LeftOut() implements Expectation {}

    /** It cannot be written; the target may still hold what it had of it before. */
    record Rejected(ErrorType error) implements Expectation {}
}
