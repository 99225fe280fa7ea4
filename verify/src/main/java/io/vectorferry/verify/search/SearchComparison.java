package io.vectorferry.verify.search;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.sink.spi.VectorIndex;
import io.vectorferry.verify.report.SearchReport;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.search.Overlap.NearestRows.Near;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.source.ExpectedRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Asks one table of a target the same queries that the source's rows answer exactly. For one thread. */
public final class SearchComparison {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEDIAN = 0.5;
    private static final double LOW_TAIL = 0.05;
    private static final double HIGH_TAIL = 0.95;

    private final ExpectedRows source;
    private final TargetReader target;
    private final TargetBarriers barriers;
    private final SearchOptions options;

    public SearchComparison(ExpectedRows source, TargetReader target, TargetBarriers barriers, SearchOptions options) {
        this.source = source;
        this.target = target;
        this.barriers = barriers;
        this.options = options;
    }

    /**
     * @param collection the first of those that go to the table, for the report
     * @param sourceMetric by which the source's own index is searched; empty: the target's decides
     * @return empty where the source has no vector to ask for
     */
    public Optional<SearchReport> run(String collection, Optional<DistanceMetric> sourceMetric) {
        List<Vector> queries = options.given().isEmpty()
                ? QueryVectors.sampled(source, SearchOptions.SAMPLED_QUERIES, options.seed())
                : options.given();
        if (queries.isEmpty()) {
            return Optional.empty();
        }
        options.vector().ifPresent(target::searchBy);
        Optional<VectorIndex> index = target.vectorIndex();
        DistanceMetric metric = sourceMetric
                .or(target::configuredMetric)
                .or(() -> index.flatMap(VectorIndex::metric))
                .orElse(DistanceMetric.COSINE);
        List<List<Near>> nearest = ExactSearch.of(source, queries, options, metric);
        barriers.reach();
        return Optional.of(report(collection, queries, nearest, metric, index));
    }

    private SearchReport report(
            String collection,
            List<Vector> queries,
            List<List<Near>> nearest,
            DistanceMetric metric,
            Optional<VectorIndex> index) {
        double[] millis = new double[queries.size()];
        List<Overlap> overlaps = new ArrayList<>();
        for (int i = 0; i < queries.size(); i++) {
            long started = System.nanoTime();
            List<Hit> hits = target.search(queries.get(i), options.k(), options.conditions());
            millis[i] = (System.nanoTime() - started) / NANOS_PER_MILLI;
            overlaps.add(Overlap.of(nearest.get(i), hits, options.k(), metric));
        }
        double[] parts = overlaps.stream().mapToDouble(Overlap::part).sorted().toArray();
        double mean = Arrays.stream(parts).average().orElse(1);
        boolean failed = mean < options.minOverlap();
        Double withoutIndex = failed && options.filter().isEmpty() ? withoutIndex(queries, nearest, metric) : null;
        boolean sameMetric = index.flatMap(VectorIndex::metric)
                .or(target::configuredMetric)
                .filter(searched -> searched == metric)
                .isPresent();
        return new SearchReport(
                collection,
                options.filter().map(SearchOptions.Filter::text).orElse(null),
                queries.size(),
                options.k(),
                metric.label(),
                index.map(SearchComparison::label).orElse(""),
                mean,
                at(parts, MEDIAN),
                at(parts, LOW_TAIL),
                parts[0],
                options.minOverlap(),
                withoutIndex,
                sameMetric
                        ? overlaps.stream()
                                .mapToDouble(Overlap::scoreDrift)
                                .max()
                                .orElse(0)
                        : null,
                latency(millis),
                options.filter().isEmpty() ? asked(queries, nearest, metric) : null,
                Arrays.stream(parts).boxed().toList(),
                new SearchDiagnosis(target, options, metric)
                        .findings(nearest, failed, withoutIndex, options.minOverlap()));
    }

    private SearchReport.@Nullable Source asked(List<Vector> queries, List<List<Near>> nearest, DistanceMetric metric) {
        try (ExpectedRows.Search searched = source.search(options.vector()).orElse(null)) {
            if (searched == null) {
                return null;
            }
            double[] millis = new double[queries.size()];
            double found = 0;
            for (int i = 0; i < queries.size(); i++) {
                Vector query = queries.get(i);
                long started = System.nanoTime();
                List<ExpectedRow> rows = searched.nearest(query, options.k(), metric);
                millis[i] = (System.nanoTime() - started) / NANOS_PER_MILLI;
                List<Hit> hits = rows.stream()
                        .flatMap(row -> ExactSearch.vector(row).stream()
                                .map(vector -> new Hit(row.id(), ExactSearch.distance(metric, query, vector))))
                        .toList();
                found += Overlap.of(nearest.get(i), hits, options.k(), metric).part();
            }
            return new SearchReport.Source(found / queries.size(), latency(millis));
        }
    }

    private static SearchReport.Latency latency(double[] millis) {
        Arrays.sort(millis);
        return new SearchReport.Latency(at(millis, MEDIAN), at(millis, HIGH_TAIL));
    }

    private static String label(VectorIndex index) {
        return index.type()
                + index.metric().map(metric -> ", " + metric.label()).orElse("");
    }

    private @Nullable Double withoutIndex(List<Vector> queries, List<List<Near>> nearest, DistanceMetric metric) {
        double[] parts = IntStream.range(0, queries.size())
                .mapToObj(i -> target.searchWithoutIndex(queries.get(i), options.k(), metric)
                        .map(hits -> Overlap.of(nearest.get(i), hits, options.k(), metric)))
                .flatMap(Optional::stream)
                .mapToDouble(Overlap::part)
                .toArray();
        return parts.length == 0 ? null : Arrays.stream(parts).average().orElse(0);
    }

    /** @param sorted at least one, the smallest first */
    private static double at(double[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(Math.floor(part * sorted.length)))];
    }
}
