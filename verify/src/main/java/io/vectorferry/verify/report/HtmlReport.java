package io.vectorferry.verify.report;

import io.vectorferry.verify.report.VerificationReport.Diff;
import io.vectorferry.verify.report.VerificationReport.Example;
import io.vectorferry.verify.report.VerificationReport.Result;
import io.vectorferry.verify.row.FieldDifference;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reports as one HTML file that needs nothing else: no script, no style sheet, no image from elsewhere. It tells ids and names of fields, never a content. */
@SuppressWarnings("AnnotateFormatMethod") // its annotation is no dependency of ours
public final class HtmlReport {
    private static final int OVERLAP_STEPS = 10;

    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><title>Verification of %s</title><style>
            body { font: 15px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #1b1f24 }
            h2 { margin: 2em 0 .3em } h3 { margin: 1.4em 0 .3em; font-size: 1em }
            table { border-collapse: collapse } th, td { text-align: left; padding: .2em 1.2em .2em 0; vertical-align: top }
            td.n { text-align: right; font-variant-numeric: tabular-nums } th { font-weight: 600; color: #57606a }
            .pass { color: #116329 } .fail { color: #a40e26 } svg text { font: 12px system-ui, sans-serif; fill: #57606a }
            </style></head><body>
            <h1>Verification of %s</h1>
            <p>%s, made %s</p>
            %s</body></html>
            """;

    private HtmlReport() {}

    /** @param file the pipeline's */
    public static String of(String file, Instant made, List<VerificationReport> reports) {
        String pipeline = escaped(
                reports.stream().map(VerificationReport::pipeline).findFirst().orElse(""));
        return PAGE.formatted(
                pipeline,
                pipeline,
                escaped(file),
                made.truncatedTo(ChronoUnit.SECONDS),
                reports.stream().map(HtmlReport::target).collect(Collectors.joining()));
    }

    private static String target(VerificationReport report) {
        boolean passed = report.verdict() == Result.PASS;
        return "<h2>Target %s: <span class=\"%s\">%s</span></h2>%n"
                        .formatted(escaped(report.target()), passed ? "pass" : "fail", passed ? "pass" : "FAIL")
                + found(report)
                + table(inputs(report))
                + rows(report)
                + fields(report.diff().examples())
                + examples(report.diff().examples())
                + report.allSearches().stream()
                        .map(search -> search(search, passed))
                        .collect(Collectors.joining())
                + repair(report.repair());
    }

    /** Why the verdict is what it is, before all figures. */
    private static String found(VerificationReport report) {
        if (report.passed()) {
            return "";
        }
        Diff diff = report.diff();
        List<String> found = new ArrayList<>();
        addRows(found, diff.missing(), "missing in the target");
        addRows(found, diff.extra(), "in the target and not in the source");
        addRows(found, diff.mismatched(), "different");
        addRows(found, diff.stale(), "stale, because the target rejected the newer state");
        addRows(found, diff.inFlight(), "not compared, because they kept changing");
        for (SearchReport search : report.allSearches()) {
            if (!search.passed()) {
                found.add(figure(
                        "searches of %s find %.4f of the nearest rows on average, and %.2f is required",
                        search.collection(), search.meanOverlap(), search.requiredOverlap()));
            }
            found.addAll(search.findings());
        }
        return found.stream()
                .map(line -> "<li>%s</li>%n".formatted(escaped(line)))
                .collect(Collectors.joining("", "<ul class=\"found\">\n", "</ul>\n"));
    }

    private static void addRows(List<String> found, long rows, String how) {
        if (rows > 0) {
            found.add(figure(rows == 1 ? "%,d row is %s" : "%,d rows are %s", rows, how));
        }
    }

    private static Map<String, String> inputs(VerificationReport report) {
        Map<String, String> inputs = new LinkedHashMap<>();
        inputs.put(
                "at the source's position",
                report.barrier().isEmpty() ? "none: neither store changed" : report.barrier());
        inputs.put("seed", Long.toString(report.seed()));
        if (report.resumedFrom() != null) {
            inputs.put("started by an interrupted run", VerificationText.moment(report.resumedFrom()));
        }
        if (report.since() != null) {
            inputs.put(
                    "compared rows touched since",
                    "%s (%s)"
                            .formatted(
                                    VerificationText.moment(report.since().begun()),
                                    report.since().barrier()));
            inputs.put(
                    "every row was compared on",
                    VerificationText.moment(report.since().fullBegun()));
        }
        inputs.put("took", figure("%.1f s", report.seconds()));
        inputs.put("rate", figure("%,.0f rows/s", report.diff().checked() / Math.max(report.seconds(), 1e-3)));
        return inputs;
    }

    private static String rows(VerificationReport report) {
        Diff diff = report.diff();
        Map<String, Long> bars = new LinkedHashMap<>();
        bars.put("missing", diff.missing());
        bars.put("extra", diff.extra());
        bars.put("mismatched", diff.mismatched());
        bars.put("stale", diff.stale());
        bars.put("in flight", diff.inFlight());
        new TreeMap<>(diff.explained()).forEach((error, rows) -> bars.put("dead letter: " + error, rows));
        Map<String, String> counts = new LinkedHashMap<>();
        counts.put(
                "rows of the source expected in the target",
                figure("%,d", report.count().source()));
        counts.put("rows of the target", figure("%,d", report.count().target()));
        counts.put("compared", figure("%,d", diff.checked()));
        VerificationReport.Sample sample = report.sample();
        if (sample != null) {
            counts.put("sample", figure("%,d of %,d equal", sample.matched(), sample.size()));
            counts.put("least cosine", figure("%.6f", sample.minCosine()));
            counts.put("largest change of a length", figure("%.6f", sample.maxNormDrift()));
        }
        return "<h3>Rows</h3>\n" + table(counts) + bars(bars);
    }

    /** Returns the differing fields of the examples only: a report lists only some of each kind. */
    private static String fields(List<Example> examples) {
        Map<String, Long> byField = examples.stream()
                .flatMap(example -> example.fields().stream())
                .collect(Collectors.groupingBy(FieldDifference::field, TreeMap::new, Collectors.counting()));
        return byField.isEmpty() ? "" : "<h3>Fields that differ, in the examples</h3>\n" + bars(byField);
    }

    private static String examples(List<Example> examples) {
        if (examples.isEmpty()) {
            return "";
        }
        String lines = examples.stream()
                .map(example -> "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>%n"
                        .formatted(
                                escaped(example.kind()),
                                escaped(example.collection()),
                                escaped(example.id()),
                                escaped(how(example))))
                .collect(Collectors.joining());
        return "<h3>Examples</h3>\n<table><tr><th>kind</th><th>collection</th><th>id</th><th></th></tr>\n%s</table>%n"
                .formatted(lines);
    }

    private static String how(Example example) {
        String fields = example.fields().stream()
                .map(field -> field.field() + ": " + field.how())
                .collect(Collectors.joining("; "));
        return example.note().isEmpty() ? fields : (fields + " (" + example.note() + ")").strip();
    }

    private static String search(SearchReport search, boolean passed) {
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put("collection", search.collection());
        figures.put("queries", figure("top %d of %,d, by %s", search.k(), search.queries(), search.metric()));
        if (search.filter() != null) {
            figures.put("filter", search.filter());
        }
        figures.put("index", search.index().isEmpty() ? "none" : search.index());
        figures.put("mean overlap", figure("%.4f (%.2f required)", search.meanOverlap(), search.requiredOverlap()));
        figures.put(
                "p50, p95, least",
                figure("%.3f, %.3f, %.3f", search.p50Overlap(), search.p95Overlap(), search.minOverlap()));
        figures.put(
                "a query takes",
                figure(
                        "%.1f ms, p95 %.1f ms",
                        search.targetMillis().p50(), search.targetMillis().p95()));
        if (search.source() != null) {
            figures.put(
                    "the source's own search",
                    figure(
                            "mean overlap %.4f, %.1f ms, p95 %.1f ms",
                            search.source().meanOverlap(),
                            search.source().millis().p50(),
                            search.source().millis().p95()));
        }
        if (passed) { // else they are at the top
            search.findings().forEach(finding -> figures.merge("found", finding, (one, other) -> one + "; " + other));
        }
        return "<h3>Searches</h3>\n" + table(figures) + "<p>Queries by their overlap:</p>\n"
                + bars(histogram(search.overlaps()));
    }

    private static Map<String, Long> histogram(List<Double> overlaps) {
        Map<String, Long> steps = new LinkedHashMap<>();
        for (int step = 0; step < OVERLAP_STEPS; step++) {
            double from = (double) step / OVERLAP_STEPS;
            double to = (double) (step + 1) / OVERLAP_STEPS;
            steps.put(
                    figure("%.1f to %.1f", from, to),
                    overlaps.stream().filter(part -> part >= from && part < to).count());
        }
        steps.put("all found", overlaps.stream().filter(part -> part >= 1).count());
        return steps;
    }

    private static String repair(VerificationReport.@Nullable Repair repair) {
        if (repair == null) {
            return "";
        }
        Map<String, String> figures = new LinkedHashMap<>();
        figures.put("sent again", figure("%,d", repair.published()));
        figures.put("mended", figure("%,d", repair.mended()));
        repair.reasons().forEach(reason -> figures.merge("not repaired", reason, (one, other) -> one + "; " + other));
        return "<h3>Repair</h3>\n" + table(figures);
    }

    private static String figure(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    private static String table(Map<String, String> figures) {
        return figures.entrySet().stream()
                .map(figure -> "<tr><th>%s</th><td>%s</td></tr>%n"
                        .formatted(escaped(figure.getKey()), escaped(figure.getValue())))
                .collect(Collectors.joining("", "<table>\n", "</table>\n"));
    }

    private static String bars(Map<String, Long> bars) {
        return BarChart.svg(bars, HtmlReport::escaped);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /** Horizontal bars with their names and numbers, as SVG inside HTML. */
    static final class BarChart {
        private static final int LINE = 22;
        private static final int BAR = 14;
        private static final int NAMES = 210;
        private static final int WIDTH = 360;
        private static final int NUMBERS = 90;

        private BarChart() {}

        /** @param escape for the names */
        static String svg(Map<String, Long> bars, UnaryOperator<String> escape) {
            long largest = Math.max(
                    1, bars.values().stream().mapToLong(Long::longValue).max().orElse(1));
            StringBuilder svg = new StringBuilder();
            svg.append("<svg role=\"img\" width=\"%d\" height=\"%d\">%n"
                    .formatted(NAMES + WIDTH + NUMBERS, bars.size() * LINE));
            int y = 0;
            for (Map.Entry<String, Long> bar : bars.entrySet()) {
                // What is there is seen, however little of the largest it is.
                long width = bar.getValue() == 0 ? 0 : Math.max(2, bar.getValue() * WIDTH / largest);
                svg.append("<text x=\"0\" y=\"%d\">%s</text>".formatted(y + BAR, escape.apply(bar.getKey())));
                svg.append("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#5b8fb9\"/>"
                        .formatted(NAMES, y + 2, width, BAR));
                svg.append(String.format(
                        Locale.ROOT,
                        "<text x=\"%d\" y=\"%d\">%,d</text>%n",
                        NAMES + width + 6,
                        y + BAR,
                        bar.getValue()));
                y += LINE;
            }
            return svg.append("</svg>\n").toString();
        }
    }
}
