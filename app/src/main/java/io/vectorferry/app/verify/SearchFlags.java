package io.vectorferry.app.verify;

import io.vectorferry.rules.filter.SearchFilter;
import io.vectorferry.verify.search.QueryVectors;
import io.vectorferry.verify.search.SearchOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of {@code verify} for comparing searches. */
public final class SearchFlags {
    @Option(names = "--queries", paramLabel = "FILE", description = "file of query vectors, one JSON array per line")
    private @Nullable Path queries;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "compare searches for K rows, by " + SearchOptions.SAMPLED_QUERIES
                    + " drawn vectors of the source without --queries (default with it: " + SearchOptions.DEFAULT_K
                    + ")")
    private @Nullable Integer topK;

    @Option(
            names = "--min-overlap",
            paramLabel = "FRACTION",
            defaultValue = "" + SearchOptions.DEFAULT_MIN_OVERLAP,
            description = "fraction of the nearest rows that searches must find on average (default: ${DEFAULT-VALUE})")
    private double minOverlap = SearchOptions.DEFAULT_MIN_OVERLAP;

    @Option(
            names = "--vector",
            paramLabel = "NAME",
            description = "compare searches by this vector, as the target names it (default: the first)")
    private @Nullable String vector;

    @Option(
            names = "--filter",
            paramLabel = "EXPRESSION",
            description =
                    "compare searches among the target's rows for which this is true, such as \"lang == 'en' && views > 3\"")
    private @Nullable String filter;

    public void check(CommandLine command) {
        if (k() < 1 || k() > SearchOptions.MAX_K) {
            throw new ParameterException(command, "--top-k takes 1 to " + SearchOptions.MAX_K + " rows");
        }
        if (!(minOverlap >= 0 && minOverlap <= 1)) {
            throw new ParameterException(command, "--min-overlap must be between 0 and 1");
        }
    }

    /** Empty when no comparison was asked for. */
    public Optional<SearchOptions> options(long seed) {
        return queries == null && topK == null && filter == null
                ? Optional.empty()
                : Optional.of(new SearchOptions(
                        Optional.ofNullable(vector),
                        k(),
                        queries == null ? List.of() : QueryVectors.read(queries),
                        seed,
                        minOverlap,
                        Optional.ofNullable(filter).map(SearchFlags::filter)));
    }

    private static SearchOptions.Filter filter(String text) {
        SearchFilter parsed = SearchFilter.parse(text);
        return new SearchOptions.Filter(text, parsed.conditions(), parsed::holds);
    }

    private int k() {
        return topK == null ? SearchOptions.DEFAULT_K : topK;
    }
}
