package io.vectorferry.stores.postgres.session;

import java.io.IOException;

/** A session of which no answer is to be expected any more. */
final class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    NoAnswerException(String wrong, Throwable cause) {
        super("no response: " + wrong, cause);
    }
}
