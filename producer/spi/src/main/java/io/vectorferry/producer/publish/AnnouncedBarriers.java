package io.vectorferry.producer.publish;

import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;

/**
 * Barriers for a source without a log. The announcement in {@code control} is sufficient: the producer publishes the
 * newest barrier that it saw before a read, after the rows of that read. Only the newest barrier matters, so
 * compaction loses nothing.
 */
public final class AnnouncedBarriers implements BarrierIssuer {
    @Override
    public void issue(Barrier barrier) {
        // The producer reads it from the view of control.
    }

    @Override
    public void close() {
        // Holds nothing open.
    }
}
