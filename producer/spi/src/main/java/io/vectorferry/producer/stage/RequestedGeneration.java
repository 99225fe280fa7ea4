package io.vectorferry.producer.stage;

import io.vectorferry.producer.spi.ProducerOptions;

/**
 * A generation that was asked for when the process started: it begins once, however often the stage is started again
 * before or after it has begun. Thread-safe.
 */
public final class RequestedGeneration {
    private boolean asked;
    private boolean due;

    /** Takes the options of a stage that is about to start; those of the first one that asks count. */
    public synchronized RequestedGeneration with(ProducerOptions options) {
        if (options.newGeneration() && !asked) {
            asked = true;
            due = true;
        }
        return this;
    }

    public synchronized boolean isDue() {
        return due;
    }

    public synchronized void begun() {
        due = false;
    }
}
