package io.vectorferry.producer.spi;

import java.util.List;

/**
 * A collection read in blocks, each in its own short transaction, so that the reader may take hours. Not thread-safe.
 */
public interface RowBlocks {
    /**
     * Returns the next rows. A row that keeps its key from the first call to the last is returned exactly once.
     *
     * @return at most that many rows; an empty list only at the end
     */
    List<SourceRow> next(int rows);
}
