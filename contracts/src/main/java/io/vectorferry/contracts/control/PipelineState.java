package io.vectorferry.contracts.control;

import java.util.Locale;
import java.util.stream.Stream;

/** The words for the states of a pipeline. The moves between them are those of {@code control.lifecycle.Phase}. */
public enum PipelineState {
    /** The state before the first report of its stages, and after the pipeline was cancelled. */
    IDLE,

    SNAPSHOT,
    STREAMING,
    VERIFYING,

    /** A share of the application's searches is also run on the new store, and compared. */
    SHADOW,

    /** A share of the application's reads comes from the new store. */
    CANARY,

    SWITCHING,
    SWITCHED,
    ROLLING_BACK,
    COMPLETED,

    /** A word of the status alone, while a stage fails: the life cycle keeps its state beside it. */
    FAILED,

    /** One that only a later version has. */
    UNKNOWN;

    /** The word of version 0.1 for {@link #IDLE}. */
    private static final String PLANNED = "planned";

    /** Returns the state that a message has. */
    public static PipelineState of(String text) {
        return Stream.of(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElse(text.equals(PLANNED) ? IDLE : UNKNOWN);
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
