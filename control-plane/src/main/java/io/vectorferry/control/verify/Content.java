package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.ErrorType;

/** {@link Expectation} without the row. */
sealed interface Content {
    record Hashed(RowHash hash) implements Content {}

    record LeftOut() implements Content {}

    record Rejected(ErrorType error) implements Content {}

    static Content of(Expectation expectation, RowHasher hasher) {
        return switch (expectation) {
            case Expectation.Present(var row) -> new Hashed(hasher.of(row));
            case Expectation.LeftOut() -> new LeftOut();
            case Expectation.Rejected(ErrorType error) -> new Rejected(error);
        };
    }
}
