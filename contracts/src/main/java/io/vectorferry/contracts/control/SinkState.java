package io.vectorferry.contracts.control;

import java.util.Locale;
import java.util.stream.Stream;

/** The states of a sink, as it reports them itself. */
public enum SinkState {
    STARTING,
    RUNNING,
    RETRYING,
    FAILED,
    /** One that only a later version has. */
    UNKNOWN;

    /** Returns the state that a message has; a sink that has reported none is starting. */
    public static SinkState of(String text) {
        return text.isEmpty() ? STARTING : named(text);
    }

    /** Returns whether a sink in this state can be in that one next: one that failed has to be started again. */
    public boolean mayBecome(SinkState next) {
        return this == next || this != FAILED || next == STARTING;
    }

    private static SinkState named(String text) {
        return Stream.of(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElse(UNKNOWN);
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
