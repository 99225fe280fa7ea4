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

/** Reads a collection back for verification, through the target's own means and not the writer's state. Single-threaded. */
public interface TargetReader extends AutoCloseable {
    /** @param score smaller is nearer, as the metric says */
    record Hit(TargetKey.Id id, double score) {}

    record StoredRow(TargetKey.Id id, Row row) {}

    long count();

    /** Absent ids are left out. */
    Map<TargetKey.Id, Row> fetch(Collection<TargetKey.Id> ids);

    /** As {@link #fetch(Collection)}, but an id that stands several times comes as often, where the target lets it. */
    default void fetch(Collection<TargetKey.Id> ids, Consumer<StoredRow> rows) {
        fetch(ids).forEach((id, row) -> rows.accept(new StoredRow(id, row)));
    }

    /** Every row once, in no order; the consumer must not keep the row's buffers. */
    void scan(Consumer<StoredRow> rows);

    /**
     * {@link #scan(Consumer)} with marks, after each of which another scan may take over, in another process and at another time.
     * A row that is written again meanwhile may come twice.
     *
     * @param mark for which {@link #continuesFrom} holds, or empty: from the beginning
     * @param marks told after rows; never, where a scan cannot be taken over
     */
    default void scan(String mark, Consumer<StoredRow> rows, Consumer<String> marks) {
        scan(rows);
    }

    /** Whether what the mark says of the collection is still true. */
    default boolean continuesFrom(String mark) {
        return false;
    }

    /** The id of every row once, in no order; without reading the rows, where the target can. */
    default void scanIds(Consumer<TargetKey.Id> ids) {
        scan(stored -> ids.accept(stored.id()));
    }

    /** As an application searches: by the index, where there is one, and its metric. */
    List<Hit> search(Vector query, int k);

    /** As {@link #search(Vector, int)}, among the rows that meet all conditions. */
    default List<Hit> search(Vector query, int k, List<FieldCondition> conditions) {
        if (conditions.isEmpty()) {
            return search(query, k);
        }
        throw FerryException.misconfigured(
                "this kind of target is not searched with a filter here", "Leave --filter out.");
    }

    /** Compares the query with every row; empty where the target has no such search. */
    default Optional<List<Hit>> searchWithoutIndex(Vector query, int k, DistanceMetric metric) {
        return Optional.empty();
    }

    /** Empty where there is none, or where the target does not tell. */
    default Optional<VectorIndex> vectorIndex() {
        return Optional.empty();
    }

    /** By which the pipeline wants the table to be searched; empty where it leaves that to the table. */
    default Optional<DistanceMetric> configuredMetric() {
        return Optional.empty();
    }

    @Override
    void close();
}
