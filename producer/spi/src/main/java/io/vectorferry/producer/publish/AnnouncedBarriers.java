package io.vectorferry.producer.publish;

import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;

/**
 * Barriers for a source without a log of its own: the announcement in {@code control} is enough. The producer lets the newest
 * that it saw before it began to read follow what it has read. Only the newest counts, so compaction loses none.
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
