package io.vectorferry.verify.row;

import io.vectorferry.contracts.message.ErrorType;

/** {@link Expectation} without the row. */
public sealed interface ExpectedContent {
    record Hashed(RowHash hash) implements ExpectedContent {}

    record LeftOut() implements ExpectedContent {}

    record Rejected(ErrorType error) implements ExpectedContent {}

    static ExpectedContent of(Expectation expectation, RowHasher hasher) {
        return switch (expectation) {
            case Expectation.Present(var row) -> new Hashed(hasher.of(row));
            case Expectation.LeftOut() -> new LeftOut();
            case Expectation.Rejected(ErrorType error) -> new Rejected(error);
        };
    }
}
