package io.vectorferry.verify.report;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.verify.diff.VerdictCounts;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.row.FieldDifference;
import io.vectorferry.verify.row.FieldDifference.VectorSimilarity;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The findings in one table of a target. */
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
                passed ? VerificationReport.Result.PASS : VerificationReport.Result.FAIL,
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

    /** The first few differences of each kind, with what differs. For one thread. */
    public static final class Examples {
        public static final int OF_EACH_KIND = 20;

        private final RowHasher hasher = new RowHasher();
        private final Map<Verdict.Kind, List<Suspect.Settled>> kept = new EnumMap<>(Verdict.Kind.class);

        public void add(List<Suspect.Settled> outcomes) {
            for (Suspect.Settled outcome : outcomes) {
                if (outcome.verdict() instanceof Verdict.Different(Verdict.Kind kind)) {
                    List<Suspect.Settled> some = kept.computeIfAbsent(kind, k -> new ArrayList<>());
                    if (some.size() < OF_EACH_KIND) {
                        some.add(outcome);
                    }
                }
            }
        }

        public List<VerificationReport.Example> all() {
            Map<RowHash, String> idByExpected = new HashMap<>();
            kept.values().stream().flatMap(List::stream).forEach(outcome -> outcome.expected()
                    .ifPresent(row -> idByExpected.put(
                            hasher.of(row), outcome.suspect().id().text())));
            List<VerificationReport.Example> examples = new ArrayList<>();
            kept.forEach((kind, outcomes) ->
                    outcomes.forEach(outcome -> examples.add(example(kind, outcome, idByExpected))));
            return examples;
        }

        private VerificationReport.Example example(
                Verdict.Kind kind, Suspect.Settled outcome, Map<RowHash, String> idByExpected) {
            String collection = outcome.source().stream()
                    .map(entry -> entry.key().collection())
                    .findFirst()
                    .orElse("");
            String id = outcome.suspect().id().text();
            List<FieldDifference> fields = List.of();
            String note = outcome.target().size() > 1
                    ? "occurs %d times in the target".formatted(outcome.target().size())
                    : "";
            if (kind == Verdict.Kind.STALE) {
                note = "the source row is a dead letter; the target has an older state of it";
            } else if (kind == Verdict.Kind.MISMATCHED) {
                Row found = outcome.target().getFirst();
                fields = outcome.expected()
                        .map(row -> FieldDifference.between(row, found))
                        .orElse(List.of());
                String other = idByExpected.get(hasher.of(found));
                note = other == null ? note : "holds the row of id " + other;
            }
            return new VerificationReport.Example(id, kind.label(), collection, fields, note);
        }
    }

    /** The statistics of the sampled rows. For one thread. */
    public static final class SampleTally {
        /** A vector that is less alike than that fails the sample, whatever else is equal. */
        static final double LEAST_COSINE = 0.99;

        private long size;
        private long matched;
        private double minCosine = 1;
        private double maxNormDrift;

        public void add(List<Suspect.Settled> outcomes) {
            for (Suspect.Settled outcome : outcomes) {
                if (outcome.expected().isPresent() && !(outcome.verdict() instanceof Verdict.InFlight)) {
                    size++;
                    matched += outcome.verdict() instanceof Verdict.Agreed ? 1 : 0;
                    add(outcome.expected().get(), outcome.target());
                }
            }
        }

        private void add(Row expected, List<Row> target) {
            for (VectorColumn column : expected.vectors()) {
                Vector vector = column.vector();
                if (vector != null && !target.isEmpty()) {
                    add(vector, found(expected, column, target.getFirst()));
                }
            }
        }

        /** Finds it by its name, unless each side has one vector. */
        private static Optional<Vector> found(Row expected, VectorColumn column, Row target) {
            boolean one = expected.vectorCount() == 1 && target.vectorCount() == 1;
            return (one ? target.vector() : target.vector(column.name())).flatMap(VectorColumn::value);
        }

        private void add(Vector vector, Optional<Vector> inTarget) {
            VectorSimilarity likeness =
                    inTarget.map(found -> VectorSimilarity.of(vector, found)).orElse(VectorSimilarity.NONE);
            minCosine = Math.min(minCosine, likeness.cosine());
            maxNormDrift = Math.max(maxNormDrift, likeness.normDrift());
        }

        public VerificationReport.Sample sample() {
            return new VerificationReport.Sample(size, matched, minCosine, maxNormDrift);
        }
    }
}
