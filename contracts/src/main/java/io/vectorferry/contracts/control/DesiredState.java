package io.vectorferry.contracts.control;

import io.vectorferry.contracts.message.ControlKey;
import java.util.Locale;

/** The state that all stages of a pipeline are to be in. They read it from {@code control} and obey. */
public enum DesiredState {
    RUNNING,
    PAUSED;

    /** Returns the state that a message has; a word that only a later version writes does not stop a stage. */
    public static DesiredState of(String text) {
        return text.equals(PAUSED.toString()) ? PAUSED : RUNNING;
    }

    /** Returns what {@code control} says now. */
    public static DesiredState in(ControlView view) {
        return view.get(ControlKey.desiredState())
                .map(control -> of(control.getDesiredState().getState()))
                .orElse(RUNNING);
    }

    /** Returns the word that messages and JSON have for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
