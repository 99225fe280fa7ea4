package io.vectorferry.producer.spi;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.DistanceMetric;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Reads a source's rows for verification, export and joins, and writes nothing: the twin of the targets' reader. Each call
 * opens the connections that it needs, so there is nothing to close. Thread-safe; what it returns is for one thread.
 */
public interface SourceReader {
    /** Reads every current row of a collection once, in no particular order. */
    void scan(String collection, Consumer<SourceRow> rows);

    /**
     * Reads like {@link #scan(String, Consumer)}, with marks at which another scan can resume, also in another
     * process. Together the two scans give every row that exists from the beginning of the first to the end of the
     * second; some rows may come twice.
     *
     * @param mark a mark for which {@link #continuesFrom} returns true, or empty to start at the beginning
     * @param marks gets a mark after the rows that it covers; never called if a scan cannot be resumed from a mark
     */
    default void scan(String collection, String mark, Consumer<SourceRow> rows, Consumer<String> marks) {
        scan(collection, rows);
    }

    /** Returns whether a scan can still resume at this mark. */
    default boolean continuesFrom(String collection, String mark) {
        return false;
    }

    /** Returns a scan that resumes an interrupted one by its rows; empty if the rows of a scan belong to one point in time. */
    default Optional<UnseenScan> unseen(String collection) {
        return Optional.empty();
    }

    /** A scan that omits the rows that an earlier one has given. */
    @FunctionalInterface
    interface UnseenScan {
        /** Reads every current row whose key was not seen. */
        void read(Predicate<SourceKey> seen, Consumer<SourceRow> rows);
    }

    /**
     * Returns the rows with these keys as of one point in time, each once, however often its key is given. Omits keys without a row, and keys
     * that no row of the collection can have.
     */
    List<SourceRow> fetch(String collection, Collection<SourceKey> keys);

    /** Returns the collection block by block, from its beginning. */
    RowBlocks blocks(String collection);

    /** Returns by which part of a vector's largest component a vector may differ when the same row is read again. */
    default double tolerance(String collection) {
        return 0;
    }

    /** Returns the metric of the collection's own index of its first vector; empty if no index tells it. */
    default Optional<DistanceMetric> searchMetric(String collection) {
        return Optional.empty();
    }

    /** Returns the metric of the index of one of the collection's vectors. */
    default Optional<DistanceMetric> searchMetric(String collection, String vector) {
        return searchMetric(collection);
    }

    /** Returns the collection's own search, by its first vector; empty if the source has none, or the collection has no vectors. */
    default Optional<SourceSearch> search(String collection) {
        return Optional.empty();
    }

    /** Returns the collection's own search by one of its vectors. */
    default Optional<SourceSearch> search(String collection, String vector) {
        return search(collection);
    }
}
