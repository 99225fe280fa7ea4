package io.vectorferry.contracts.control;

import java.util.Locale;
import java.util.stream.Stream;

/** The states of a pipeline. */
public enum PipelineState {
    /** The state before the first report of its stages. */
    PLANNED,

    SNAPSHOT,
    STREAMING,
    FAILED,

    /** One that only a later version has. */
    UNKNOWN;

    /** Returns the state that a message has. */
    public static PipelineState of(String text) {
        return Stream.of(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElse(UNKNOWN);
    }

    /** Returns whether a pipeline in this state can be in that one next: none becomes {@link #PLANNED} again. */
    public boolean mayBecome(PipelineState next) {
        return this == next || (next != PLANNED && next != UNKNOWN);
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
