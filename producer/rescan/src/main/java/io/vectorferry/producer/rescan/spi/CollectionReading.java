package io.vectorferry.producer.rescan.spi;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.spi.SourceRow;
import java.util.Collection;
import java.util.List;

/**
 * One reading of a collection. What is read is no older than the moment at which the reading was made. For one thread, apart
 * from what {@link Receiver} says.
 */
public interface CollectionReading extends AutoCloseable {
    enum Extent {
        /** Nothing has changed since the mark. */
        NOTHING,
        /** The rows that may have changed since the mark, and the keys that are gone. */
        SOME,
        /** Every row: a key that does not come is gone. */
        ALL
    }

    Extent extent();

    /** Returns where the next reading continues once all of this one is published; empty if it must read everything. */
    String mark();

    /** Returns how many rows the collection has, exactly if {@link #isCounted}. */
    long rows();

    /**
     * Returns whether {@link #rows} is the exact number of rows at the moment of this reading. If what was published is another
     * number then, all rows are read next.
     */
    default boolean isCounted() {
        return false;
    }

    /** Passes rows until there are no more, or until the receiver wants none. */
    void read(Receiver receiver) throws CollectionGoneException;

    @Override
    void close();

    /** Takes what a reading finds, and holds the reader back while it publishes. Thread-safe. */
    interface Receiver {
        /** Returns false if no more is wanted. */
        boolean rows(List<SourceRow> rows);

        /** Takes keys whose rows are gone; for {@link Extent#SOME}. Returns false if no more is wanted. */
        boolean gone(Collection<SourceKey> keys);
    }
}
