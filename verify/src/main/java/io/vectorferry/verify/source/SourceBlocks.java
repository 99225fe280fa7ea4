package io.vectorferry.verify.source;

import io.vectorferry.verify.row.SourceEntry;
import java.util.List;

/** A source read a few rows at a time. For one thread. */
public interface SourceBlocks {
    /**
     * A row whose key stays from the first call to the last comes once.
     *
     * @return about so many; none at the end
     */
    List<SourceEntry> next(int rows);
}
