package io.vectorferry.app.run;

import io.vectorferry.control.ControlStage;

/** Decides when {@code --until caught-up} ends: every target has a barrier issued after the complete snapshot. For one thread. */
final class CaughtUp {
    private final boolean newGeneration;
    private int firstGeneration = -1;
    private long completeSequence = Long.MAX_VALUE;
    private boolean hasRead;

    CaughtUp(boolean newGeneration) {
        this.newGeneration = newGeneration;
    }

    boolean reachedBy(ControlStage.Observation now) {
        if (firstGeneration < 0) {
            firstGeneration = now.generation();
        }
        // The old generation's snapshot is complete too, until the new one is announced.
        boolean current = !newGeneration || now.generation() > firstGeneration;
        if (!current || !now.status().snapshot().complete()) {
            hasRead = true;
            completeSequence = Long.MAX_VALUE; // what is marked to be read again does not count as complete
        } else if (completeSequence == Long.MAX_VALUE) {
            completeSequence = now.sequence();
        }
        return now.acknowledged() > completeSequence;
    }

    /** Whether a snapshot was not complete at some time. */
    boolean hasRead() {
        return hasRead;
    }
}
