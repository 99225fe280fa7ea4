package io.vectorferry.verify.search;

import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * @param vector by which rows are searched, as the target names it; empty: the first
 * @param k rows a query asks for
 * @param given queries; empty: vectors of the source are drawn
 * @param seed by which they are drawn
 * @param minOverlap mean that is required
 * @param filter empty: among all rows
 */
public record SearchOptions(
        Optional<String> vector, int k, List<Vector> given, long seed, double minOverlap, Optional<Filter> filter) {
    /**
     * The same one for both sides.
     *
     * @param text as it was asked for
     * @param conditions for the target
     * @param holds for the source's rows, as the pipeline makes them
     */
    public record Filter(String text, List<FieldCondition> conditions, Predicate<Row> holds) {
        public Filter {
            conditions = List.copyOf(conditions);
        }
    }

    /** Each row of the source is compared with every query. */
    public static final int MAX_QUERIES = 10_000;

    public static final int SAMPLED_QUERIES = 50;
    public static final int DEFAULT_K = 10;
    public static final int MAX_K = 1_000;
    public static final double DEFAULT_MIN_OVERLAP = 0.95;

    public SearchOptions {
        given = List.copyOf(given);
    }

    /** Returns the row with the vector by which it is searched as its first. */
    public Row searched(Row row) {
        return vector.isPresent() ? row.withOnlyVector(vector.get()) : row;
    }

    List<FieldCondition> conditions() {
        return filter.map(Filter::conditions).orElse(List.of());
    }

    Predicate<Row> holds() {
        return filter.map(Filter::holds).orElse(row -> true);
    }
}
