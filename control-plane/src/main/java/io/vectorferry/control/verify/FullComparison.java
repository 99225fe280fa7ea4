package io.vectorferry.control.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.spi.TargetReader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Every row of both sides: two scans side by side, and the keyed difference of what they gave. */
record FullComparison(
        SourceSide source, TargetReader target, VerificationOptions options, VerificationProgress progress)
        implements Comparison {

    /** @param directory where the notes of the scans stay: another run takes them up */
    @Override
    public List<Suspect> compare(Path directory, Tally tally, Consumer<Suspect> suspects) {
        progress.expect(target.count());
        try (ScanNotes sourceRows =
                        ScanNotes.open(directory, "source", options.checkpointEvery(), source::continuesFrom);
                ScanNotes targetRows =
                        ScanNotes.open(directory, "target", options.checkpointEvery(), target::continuesFrom)) {
            bothScans(sourceRows, targetRows);
            new KeyedDifference(directory, options.partBytes(), tally, suspects)
                    .compare(sourceRows.spill(), targetRows.spill());
            return DrawnRows.of(sourceRows.spill(), options.sample(), options.seed());
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
}
