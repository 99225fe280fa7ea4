package io.vectorferry.verify.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The results of queries in a target, compared with the exact nearest rows of the source. An overlap is the part of
 * the nearest rows that was found; rows as far away as the last of them count as well as it.
 *
 * @param collection the first of those that go to the table
 * @param filter of the queries, as it was asked for; null where there was none
 * @param k rows a query asks for
 * @param metric by which the nearest rows of the source were found
 * @param index the target's, with its metric; empty: none
 * @param p95Overlap 95 of 100 queries reach it
 * @param minOverlap of the worst query
 * @param requiredOverlap which {@code meanOverlap} must reach
 * @param overlapWithoutIndex mean, where the target was asked to compare every row; null where it was not, or cannot
 * @param maxScoreDrift between a found row's score and its distance in the source; null where the metrics differ
 * @param source what the source's own search finds and takes; null where it has none, and where queries had a filter
 * @param overlaps of each query, the worst first
 * @param findings what explains a poor overlap, or will make one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SearchReport(
        String collection,
        @Nullable String filter,
        int queries,
        int k,
        String metric,
        String index,
        double meanOverlap,
        double p50Overlap,
        double p95Overlap,
        double minOverlap,
        double requiredOverlap,
        @Nullable Double overlapWithoutIndex,
        @Nullable Double maxScoreDrift,
        Latency targetMillis,
        @Nullable Source source,
        List<Double> overlaps,
        List<String> findings) {

    /** Latencies of one query at a time, in milliseconds. */
    public record Latency(double p50, double p95) {}

    /** The source asked the same queries by its own index, if it has one. */
    public record Source(double meanOverlap, Latency millis) {}

    public SearchReport {
        overlaps = List.copyOf(overlaps);
        findings = List.copyOf(findings);
    }

    public boolean passed() {
        return meanOverlap >= requiredOverlap;
    }
}
