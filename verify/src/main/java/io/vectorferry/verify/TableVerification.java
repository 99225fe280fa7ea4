package io.vectorferry.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.diff.FullComparison;
import io.vectorferry.verify.diff.RowComparison;
import io.vectorferry.verify.diff.SuspectFile;
import io.vectorferry.verify.diff.TouchedComparison;
import io.vectorferry.verify.diff.TouchedComparison.TouchedRows;
import io.vectorferry.verify.diff.VerdictCounts;
import io.vectorferry.verify.diff.VerificationOptions;
import io.vectorferry.verify.diff.VerificationProgress;
import io.vectorferry.verify.report.TableResult;
import io.vectorferry.verify.report.TableResult.Examples;
import io.vectorferry.verify.report.TableResult.SampleTally;
import io.vectorferry.verify.report.VerificationReport;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import io.vectorferry.verify.settle.Explanations;
import io.vectorferry.verify.settle.Repairs;
import io.vectorferry.verify.settle.Settlement;
import io.vectorferry.verify.settle.TargetBarriers;
import io.vectorferry.verify.source.ExpectedRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Compares one table of a target with all that the pipeline must have written to it: a comparison of both sides behind a barrier,
 * and the settlement of what seemed to differ. For one thread; runs once.
 */
public final class TableVerification {
    private static final String REFUSED =
            ": the target rejects the source row (see `ferry dead-letters list`). Correct the row in the source, or set `refusedUpdates: delete`, which deletes the older state from the target";

    private final ExpectedRows source;
    private final TargetReader target;
    private final String begun;
    private final Explanations explanations;
    private final Repairs repairs;
    private final VerificationOptions options;
    private final VerificationProgress progress;
    private final Settlement settlement;
    private final VerdictCounts tally = new VerdictCounts();
    private final Examples examples = new Examples();
    private final SampleTally sampled = new SampleTally();
    private final List<String> unrepaired = new ArrayList<>();
    private long published;
    private long mended;

    /**
     * @param barriers for what seems to differ
     * @param begun the place of a barrier that was reached; one serves many tables, since what changed after it is settled by others
     */
    public TableVerification(
            ExpectedRows source,
            TargetReader target,
            TargetBarriers barriers,
            String begun,
            Explanations explanations,
            Repairs repairs,
            VerificationOptions options,
            VerificationProgress progress) {
        this.source = source;
        this.target = target;
        this.begun = begun;
        this.explanations = explanations;
        this.repairs = repairs;
        this.options = options;
        this.progress = progress;
        this.settlement = new Settlement(source, target, barriers, options.tolerance());
    }

    /**
     * Looks at every row.
     *
     * @param directory for the notes, of which those of the scans stay there: another run takes them up
     */
    public TableResult run(Path directory) {
        return run(directory, new FullComparison(source, target, options, progress));
    }

    /**
     * Looks at no row but these.
     *
     * @param directory for notes
     */
    public TableResult run(Path directory, TouchedRows touched) {
        return run(directory, new TouchedComparison(source, target, touched, options, progress));
    }

    private TableResult run(Path directory, RowComparison comparison) {
        try {
            OwnerOnly.own(directory);
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be made: %s".formatted(directory, e.getMessage()), "Check data.dir.", e);
        }
        try (SuspectFile suspects = new SuspectFile(directory.resolve("suspects"));
                SuspectFile repaired = new SuspectFile(directory.resolve("repaired"))) {
            List<Suspect> drawn = comparison.compare(directory, tally, suspects::add);
            progress.suspects(suspects.size());
            suspects.read(Suspect.MAX_AT_ONCE, some -> settle(some, repaired));
            repaired.read(Suspect.MAX_AT_ONCE, this::lookAgain);
            for (List<Suspect> some : parts(drawn)) {
                sampled.add(explanations.explain(settlement.settle(some)));
            }
        }
        String last = settlement.position();
        return new TableResult(last.isEmpty() ? begun : last, tally, examples.all(), sampled.sample(), repair());
    }

    private VerificationReport.Repair repair() {
        return new VerificationReport.Repair(published, mended, unrepaired);
    }

    private void settle(List<Suspect> suspects, SuspectFile repaired) {
        List<Suspect.Settled> outcomes = explanations.explain(settlement.settle(suspects));
        RowHasher hasher = new RowHasher();
        for (Suspect.Settled outcome : outcomes) {
            List<ExpectedHash> contents = outcome.source().stream()
                    .map(entry -> ExpectedHash.of(entry.expected(), hasher))
                    .toList();
            tally.add(contents, outcome.target().size(), outcome.verdict());
        }
        examples.add(outcomes);
        progress.settled(suspects.size());
        if (options.repair()) {
            repair(outcomes, repaired);
        }
    }

    private void repair(List<Suspect.Settled> outcomes, SuspectFile repaired) {
        List<Suspect.Settled> different = outcomes.stream()
                .filter(outcome -> outcome.verdict() instanceof Verdict.Different)
                .toList();
        if (!different.isEmpty()) {
            Map<Suspect, String> refused = repairs.publish(different);
            refused.values().stream().limit(Examples.OF_EACH_KIND).forEach(unrepaired::add);
            published += different.size() - refused.size();
            // What was not sent stands as it did.
            different.stream()
                    .map(Suspect.Settled::suspect)
                    .filter(suspect -> !refused.containsKey(suspect))
                    .forEach(repaired::add);
        }
    }

    private void lookAgain(List<Suspect> suspects) {
        for (Suspect.Settled outcome : explanations.explain(settlement.settle(suspects))) {
            switch (outcome.verdict()) {
                case Verdict.Agreed agreed -> mended++;
                case Verdict.Explained explained -> mended++;
                case Verdict.InFlight inFlight -> mended++;
                case Verdict.Different(Verdict.Kind kind) -> {
                    if (unrepaired.size() < Examples.OF_EACH_KIND) {
                        unrepaired.add("id %s is still %s%s"
                                .formatted(
                                        outcome.suspect().id().text(),
                                        kind.label(),
                                        kind == Verdict.Kind.STALE ? REFUSED : ""));
                    }
                }
            }
        }
    }

    private static List<List<Suspect>> parts(List<Suspect> all) {
        List<List<Suspect>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += Suspect.MAX_AT_ONCE) {
            parts.add(all.subList(from, Math.min(all.size(), from + Suspect.MAX_AT_ONCE)));
        }
        return parts;
    }
}
