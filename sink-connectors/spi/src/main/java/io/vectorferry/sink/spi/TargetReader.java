package io.vectorferry.sink.spi;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads a table back for verification, through the target's own means and not the writer's state. A table that does not exist has no rows.
 * A row has every column of the table, in the table's order and types, with NULL where it has no value. Single-threaded.
 */
public interface TargetReader extends AutoCloseable {
    /** @param score smaller is nearer, as the metric says */
    record Hit(TargetKey.Id id, double score) {}

    record StoredRow(TargetKey.Id id, Row row) {}

    long count();

    /** Absent ids are left out. */
    Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids);

    /**
     * Like {@link #fetch(Collection)}, but returns every row of an id that occurs more than once, if the target allows
     * that.
     */
    default void fetch(Collection<TargetKey.Id> ids, Consumer<StoredRow> rows) {
        fetch(ids).forEach((id, row) -> rows.accept(new StoredRow(id, row)));
    }

    /** Reads every row once, in no particular order. The consumer must not keep the buffers of a row. */
    void scan(Consumer<StoredRow> rows);

    /**
     * Reads every row like {@link #scan(Consumer)}, and reports marks at which another scan can resume, also in
     * another process. A row that is rewritten meanwhile may be returned twice.
     *
     * @param mark a mark for which {@link #continuesFrom} returns true, or empty to start at the beginning
     * @param marks called at each resumable point; never called if the scan cannot be resumed
     */
    default void scan(String mark, Consumer<StoredRow> rows, Consumer<String> marks) {
        scan(rows);
    }

    /** Returns whether a scan can still resume at the mark. */
    default boolean continuesFrom(String mark) {
        return false;
    }

    /** The id of every row once, in no order; without reading the rows, where the target can. */
    default void scanIds(Consumer<TargetKey.Id> ids) {
        scan(stored -> ids.accept(stored.id()));
    }

    /** Returns by which part of a vector's largest component a vector may differ from the one that was written. */
    default double tolerance() {
        return 0;
    }

    /** Chooses the vector column of all searches that follow, and of {@link #vectorIndex}: before that, it is the first. */
    default void searchBy(String vectorColumn) {}

    /** Searches like an application: by the index and its metric, if there is one. */
    List<Hit> search(Vector query, int k);

    /** Like {@link #search(Vector, int)}, restricted to rows that meet all conditions. */
    default List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        if (conditions.isEmpty()) {
            return search(query, k);
        }
        throw FerryException.misconfigured(
                "searches with a filter are not supported for this kind of target", "Remove --filter.");
    }

    /** Compares the query with every row; empty where the target has no such search. */
    default Optional<List<Hit>> searchWithoutIndex(Vector query, int k, DistanceMetric metric) {
        return Optional.empty();
    }

    /** Returns the vector index; empty if there is none, or if the target does not report it. */
    default Optional<VectorIndex> vectorIndex() {
        return Optional.empty();
    }

    /**
     * Returns the metric configured in the pipeline; empty if none is configured. If there is no {@link #vectorIndex} either, verification
     * expects a search by the source's metric, or by cosine if the source has none.
     */
    default Optional<DistanceMetric> configuredMetric() {
        return Optional.empty();
    }

    @Override
    void close();
}
