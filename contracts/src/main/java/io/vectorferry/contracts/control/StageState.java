package io.vectorferry.contracts.control;

import java.util.Locale;
import java.util.stream.Stream;

/** The states of a stage, as the process that runs it reports them. */
public enum StageState {
    RUNNING,
    RETRYING,
    /** It was asked to pause, and has reached a safe point. */
    PAUSED,
    FAILED,
    STOPPED,
    /** One that only a later version has. */
    UNKNOWN;

    /** Returns the state that a message has. */
    public static StageState of(String text) {
        return Stream.of(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElse(UNKNOWN);
    }

    /** Returns whether a stage of one process in this state can be in that one next: one that failed or was stopped runs again only in the next process. */
    public boolean mayBecome(StageState next) {
        return this == next || (this != FAILED && this != STOPPED);
    }

    /** Returns whether the stage does what it was asked to do. */
    public boolean isSound() {
        return this == RUNNING || this == PAUSED;
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
