package io.vectorferry.control.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.TargetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Compares one table of a target with all that the pipeline must have written to it: a barrier, both scans side by side, the
 * keyed difference, and the settlement of what seemed to differ. For one thread; runs once.
 */
public final class TableVerification {
    private final SourceSide source;
    private final TargetReader target;
    private final TargetBarriers barriers;
    private final Explanations explanations;
    private final Repairs repairs;
    private final VerificationOptions options;
    private final VerificationProgress progress;
    private final Settlement settlement;
    private final Tally tally = new Tally();
    private final Examples examples = new Examples();
    private final SampleTally sampled = new SampleTally();
    private final List<String> unrepaired = new ArrayList<>();
    private List<Suspect> drawn = List.of();
    private long published;
    private long mended;

    public TableVerification(
            SourceSide source,
            TargetReader target,
            TargetBarriers barriers,
            Explanations explanations,
            Repairs repairs,
            VerificationOptions options,
            VerificationProgress progress) {
        this.source = source;
        this.target = target;
        this.barriers = barriers;
        this.explanations = explanations;
        this.repairs = repairs;
        this.options = options;
        this.progress = progress;
        this.settlement = new Settlement(source, target, barriers, options.tolerance());
    }

    /** @param directory for the notes, of which those of the scans stay there: another run takes them up */
    public TableResult run(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be made: %s".formatted(directory, e.getMessage()), "Check data.dir.", e);
        }
        String position = barriers.reach();
        try (SuspectFile suspects = new SuspectFile(directory.resolve("suspects"));
                SuspectFile repaired = new SuspectFile(directory.resolve("repaired"))) {
            difference(directory, suspects);
            progress.suspects(suspects.size());
            suspects.read(Settlement.MAX_SUSPECTS, some -> settle(some, repaired));
            repaired.read(Settlement.MAX_SUSPECTS, this::lookAgain);
            for (List<Suspect> some : parts(drawn)) {
                sampled.add(explanations.explain(settlement.settle(some)));
            }
        }
        String last = settlement.position();
        return new TableResult(last.isEmpty() ? position : last, tally, examples.all(), sampled.sample(), repair());
    }

    private VerificationReport.Repair repair() {
        return new VerificationReport.Repair(published, mended, unrepaired);
    }

    private void difference(Path directory, SuspectFile suspects) {
        progress.expect(target.count());
        try (ScanNotes sourceRows =
                        ScanNotes.open(directory, "source", options.checkpointEvery(), source::continuesFrom);
                ScanNotes targetRows =
                        ScanNotes.open(directory, "target", options.checkpointEvery(), target::continuesFrom)) {
            bothScans(sourceRows, targetRows);
            new KeyedDifference(directory, options.partBytes(), tally, suspects::add)
                    .compare(sourceRows.spill(), targetRows.spill());
            drawn = DrawnRows.of(sourceRows.spill(), options.sample(), options.seed());
        }
    }

    private void bothScans(ScanNotes sourceRows, ScanNotes targetRows) {
        try (ExecutorService scans = Executors.newFixedThreadPool(2)) {
            List<Future<?>> both =
                    List.of(scans.submit(scanOfSource(sourceRows)), scans.submit(scanOfTarget(targetRows)));
            for (Future<?> scan : both) {
                scan.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof FerryException told
                    ? told
                    : FerryException.retryable("a scan failed: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted in a scan", e);
        }
    }

    private Callable<Boolean> scanOfSource(ScanNotes notes) {
        RowHasher hasher = new RowHasher();
        return () -> scan(
                notes,
                progress.source(),
                read -> source.scan(
                        notes.mark(),
                        entry -> {
                            notes.add(
                                    new SpilledEntry(entry.id(), entry.key(), Content.of(entry.expectation(), hasher)));
                            read.incrementAndGet();
                        },
                        notes::reached));
    }

    private Callable<Boolean> scanOfTarget(ScanNotes notes) {
        RowHasher hasher = new RowHasher();
        return () -> scan(
                notes,
                progress.target(),
                read -> target.scan(
                        notes.mark(),
                        stored -> {
                            notes.add(SpilledEntry.ofTarget(stored.id(), hasher.of(stored.row())));
                            read.incrementAndGet();
                        },
                        notes::reached));
    }

    private boolean scan(ScanNotes notes, AtomicLong read, Consumer<AtomicLong> scan) {
        progress.knownBefore(read, notes.rows());
        if (!notes.isComplete()) {
            scan.accept(read);
            notes.complete();
        }
        return true;
    }

    private void settle(List<Suspect> suspects, SuspectFile repaired) {
        List<Outcome> outcomes = explanations.explain(settlement.settle(suspects));
        RowHasher hasher = new RowHasher();
        for (Outcome outcome : outcomes) {
            List<Content> contents = outcome.source().stream()
                    .map(entry -> Content.of(entry.expectation(), hasher))
                    .toList();
            tally.add(contents, outcome.target().size(), outcome.standing());
        }
        examples.add(outcomes);
        progress.settled(suspects.size());
        if (options.repair()) {
            repair(outcomes, repaired);
        }
    }

    private void repair(List<Outcome> outcomes, SuspectFile repaired) {
        List<Outcome> different = outcomes.stream()
                .filter(outcome -> outcome.standing() instanceof Standing.Different)
                .toList();
        if (!different.isEmpty()) {
            List<String> refused = repairs.publish(different);
            unrepaired.addAll(refused.subList(0, Math.min(refused.size(), Examples.OF_EACH_KIND)));
            published += different.size() - refused.size();
            different.forEach(outcome -> repaired.add(outcome.suspect()));
        }
    }

    private void lookAgain(List<Suspect> suspects) {
        for (Outcome outcome : explanations.explain(settlement.settle(suspects))) {
            switch (outcome.standing()) {
                case Standing.Agreed agreed -> mended++;
                case Standing.Explained explained -> mended++;
                case Standing.InFlight inFlight -> mended++;
                case Standing.Different(Standing.Kind kind) -> {
                    if (unrepaired.size() < Examples.OF_EACH_KIND) {
                        unrepaired.add("id %s is %s still"
                                .formatted(Examples.text(outcome.suspect().id()), kind.label()));
                    }
                }
            }
        }
    }

    private static List<List<Suspect>> parts(List<Suspect> all) {
        List<List<Suspect>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += Settlement.MAX_SUSPECTS) {
            parts.add(all.subList(from, Math.min(all.size(), from + Settlement.MAX_SUSPECTS)));
        }
        return parts;
    }
}
