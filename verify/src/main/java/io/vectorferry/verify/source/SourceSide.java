package io.vectorferry.verify.source;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.verify.row.SourceEntry;
import io.vectorferry.verify.row.Suspect;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The source, seen as what the pipeline must have written to one table of a target. Each call is made by one thread at a time. */
public interface SourceSide {
    /** Every row of every collection that goes to the table, once, in no order. */
    void scan(Consumer<SourceEntry> rows);

    /**
     * {@link #scan(Consumer)} with marks, after each of which another scan may take over, in another process.
     *
     * @param mark for which {@link #continuesFrom} holds, or empty: from the beginning
     * @param marks told after rows; never, where a scan cannot be taken over
     */
    default void scan(String mark, Consumer<SourceEntry> rows, Consumer<String> marks) {
        scan(rows);
    }

    default boolean continuesFrom(String mark) {
        return false;
    }

    /** The same rows from the first one, read a few at a time over as long as one likes. */
    SourceBlocks blocks();

    /** The rows that have these keys, or had them, one for each; without those of a collection that does not go to the table. */
    List<Suspect> suspects(Collection<SourceKey> keys);

    /** What is under these ids now: nothing for an id that no row has, and several entries where several keys have the same id. */
    List<SourceEntry> fetch(Collection<Suspect> suspects);

    /** Its own search; empty where it has none, or where the table holds several collections. */
    default Optional<IndexedSource> search() {
        return Optional.empty();
    }
}
