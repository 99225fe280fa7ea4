package io.vectorferry.producer.spi;

import java.util.List;

/** A collection read block by block, each in a short transaction of its own: whoever reads may take hours. For one thread. */
public interface RowBlocks {
    /**
     * The next rows. A row that has one key from the first call to the last comes exactly once.
     *
     * @return about so many; none at the end
     */
    List<SourceRow> next(int rows);
}
