package io.vectorferry.control.verify.search;

import io.vectorferry.contracts.message.Vector;
import java.util.List;

/**
 * @param k rows a query asks for
 * @param given queries; empty: vectors of the source are drawn
 * @param seed by which they are drawn
 * @param minOverlap mean that is required
 */
public record SearchOptions(int k, List<Vector> given, long seed, double minOverlap) {
    /** Each row of the source is compared with every query. */
    public static final int MAX_QUERIES = 10_000;

    public static final int SAMPLED_QUERIES = 50;
    public static final int DEFAULT_K = 10;
    public static final int MAX_K = 1_000;
    public static final double DEFAULT_MIN_OVERLAP = 0.95;

    public SearchOptions {
        given = List.copyOf(given);
    }
}
