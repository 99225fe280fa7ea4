package io.vectorferry.contracts.control;

import java.util.Locale;
import java.util.stream.Stream;

/** The states of a dead letter. */
public enum LetterState {
    OPEN,

    /** Sent into the pipeline again. */
    RETRIED,

    /** Given up by a person. */
    DISCARDED,

    /** Closed by the stage that wrote it: what failed does no more. */
    WITHDRAWN,

    /** Replaced by a later letter of the same key and stage. */
    SUPERSEDED,

    /** One that only a later version has. */
    UNKNOWN;

    /** Returns the state that a message has. */
    public static LetterState of(String text) {
        return Stream.of(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElse(UNKNOWN);
    }

    /** Returns whether a letter in this state can be in that one next: every state but {@link #OPEN} is final. */
    public boolean mayBecome(LetterState next) {
        return this == next || this == OPEN;
    }

    public boolean isOpen() {
        return this == OPEN;
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
