package io.vectorferry.verify.report;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.verify.diff.VerdictCounts;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.row.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was found in one table of a target. */
public final class TableResult {
    private final String position;
    private final VerdictCounts tally;
    private final List<VerificationReport.Example> examples;
    private final VerificationReport.Sample sample;
    private final VerificationReport.Repair repair;

    public TableResult(
            String position,
            VerdictCounts tally,
            List<VerificationReport.Example> examples,
            VerificationReport.Sample sample,
            VerificationReport.Repair repair) {
        this.position = position;
        this.tally = tally;
        this.examples = examples;
        this.sample = sample;
        this.repair = repair;
    }

    /** One report of all tables of a target, in the order in which they were verified. */
    public static VerificationReport report(
            String pipeline, String target, List<TableResult> tables, VerificationOptions options, double seconds) {
        Map<String, Long> explained = new TreeMap<>();
        List<VerificationReport.Example> examples = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        for (TableResult table : tables) {
            table.tally.explained().forEach((error, rows) -> explained.merge(label(error), rows, Long::sum));
            examples.addAll(table.examples);
            reasons.addAll(table.repair.reasons());
        }
        VerificationReport.Repair repair = new VerificationReport.Repair(
                sum(tables, table -> table.repair.published()), sum(tables, table -> table.repair.mended()), reasons);
        VerificationReport.Sample sample = new VerificationReport.Sample(
                sum(tables, table -> table.sample.size()),
                sum(tables, table -> table.sample.matched()),
                tables.stream()
                        .mapToDouble(table -> table.sample.minCosine())
                        .min()
                        .orElse(1),
                tables.stream()
                        .mapToDouble(table -> table.sample.maxNormDrift())
                        .max()
                        .orElse(0));
        long different = sum(tables, table -> table.tally.different());
        boolean passed = options.repair() ? different == repair.mended() : different == 0;
        return new VerificationReport(
                pipeline,
                target,
                tables.isEmpty() ? "" : tables.getLast().position,
                passed ? VerificationReport.Verdict.PASS : VerificationReport.Verdict.FAIL,
                new VerificationReport.Count(
                        sum(tables, table -> table.tally.source()), sum(tables, table -> table.tally.target())),
                new VerificationReport.Diff(
                        sum(tables, table -> table.tally.checked()),
                        sum(tables, table -> table.tally.different(Verdict.Kind.MISSING)),
                        sum(tables, table -> table.tally.different(Verdict.Kind.EXTRA)),
                        sum(tables, table -> table.tally.different(Verdict.Kind.MISMATCHED)),
                        sum(tables, table -> table.tally.different(Verdict.Kind.STALE)),
                        sum(tables, table -> table.tally.inFlight()),
                        explained,
                        examples),
                options.sample() == 0 ? null : sample,
                null,
                null,
                options.repair() ? repair : null,
                null,
                null,
                options.seed(),
                seconds);
    }

    private static String label(ErrorType error) {
        return error.label();
    }

    private static long sum(List<TableResult> tables, java.util.function.ToLongFunction<TableResult> number) {
        return tables.stream().mapToLong(number).sum();
    }
}
