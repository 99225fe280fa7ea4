package io.vectorferry.verify.report;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Formatter;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A report for people. */
public final class VerificationText {
    private VerificationText() {}

    public static String of(VerificationReport report) {
        Formatter text = new Formatter(Locale.ROOT);
        text.format(
                "%s  target %s: %s  (%s, %.1f s)%n",
                report.pipeline(),
                report.target(),
                report.passed() ? "pass" : "FAIL",
                report.barrier().isEmpty()
                        ? "no pipeline: assumed that neither store changed"
                        : "at " + report.barrier(),
                report.seconds());
        if (report.since() != null) {
            text.format(
                    "  compared   rows touched since %s (%s); every row on %s%n",
                    moment(report.since().begun()),
                    report.since().barrier(),
                    moment(report.since().fullBegun()));
        }
        VerificationReport.Diff diff = report.diff();
        text.format(
                "  rows       source %,d  target %,d%n",
                report.count().source(), report.count().target());
        text.format(
                "  compared   %,d: missing %,d  extra %,d  mismatched %,d  stale %,d  in flight %,d%n",
                diff.checked(), diff.missing(), diff.extra(), diff.mismatched(), diff.stale(), diff.inFlight());
        diff.explained().forEach((error, rows) -> text.format("  explained  %,d dead letters: %s%n", rows, error));
        sample(text, report.sample(), report.seed());
        report.allSearches()
                .forEach(search -> search(text, search, report.allSearches().size() > 1));
        repair(text, report.repair());
        diff.examples().forEach(example -> example(text, example));
        return text.toString();
    }

    /** A moment to the second, as a person needs it. */
    public static String moment(String iso) {
        return Instant.parse(iso).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static void sample(Formatter text, VerificationReport.@Nullable Sample sample, long seed) {
        if (sample != null) {
            text.format(
                    "  sample     %,d of %,d equal, least cosine %.6f, norm drift %.6f, seed %d%n",
                    sample.matched(), sample.size(), sample.minCosine(), sample.maxNormDrift(), seed);
        }
    }

    private static void search(Formatter text, SearchReport search, boolean named) {
        text.format(
                "  search     %stop %d of %d queries by %s: overlap mean %.4f  p50 %.3f  p95 %.3f  min %.3f (%.2f required)%n",
                named ? search.collection() + ": " : "",
                search.k(),
                search.queries(),
                search.metric(),
                search.meanOverlap(),
                search.p50Overlap(),
                search.p95Overlap(),
                search.minOverlap(),
                search.requiredOverlap());
        text.format(
                "             index %s, a query takes %.1f ms (p95 %.1f ms)%n",
                search.index().isEmpty() ? "none" : search.index(),
                search.targetMillis().p50(),
                search.targetMillis().p95());
        if (search.source() != null) {
            text.format(
                    "             the source's own search: overlap mean %.4f, a query takes %.1f ms (p95 %.1f ms)%n",
                    search.source().meanOverlap(),
                    search.source().millis().p50(),
                    search.source().millis().p95());
        }
        search.findings().forEach(finding -> text.format("  ! %s%n", finding));
    }

    private static void repair(Formatter text, VerificationReport.@Nullable Repair repair) {
        if (repair != null) {
            text.format("  repair     %,d sent again, %,d repaired%n", repair.published(), repair.mended());
            repair.reasons().forEach(reason -> text.format("  ! %s%n", reason));
        }
    }

    private static void example(Formatter text, VerificationReport.Example example) {
        String fields = example.fields().stream()
                .map(field -> "%s: %s".formatted(field.field(), field.how()))
                .collect(Collectors.joining("; "));
        text.format(
                "  %-10s id %s%s%s%n",
                example.kind(),
                example.id(),
                fields.isEmpty() ? "" : "  " + fields,
                example.note().isEmpty() ? "" : "  (" + example.note() + ")");
    }
}
