package io.vectorferry.verify.diff;

import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.row.ExpectedContent;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.source.SourceSide;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Every row of both sides: two scans side by side, and the keyed difference of what they gave. */
public record FullComparison(
        SourceSide source, TargetReader target, VerificationOptions options, VerificationProgress progress)
        implements RowComparison {

    /** @param directory where the notes of the scans stay: another run takes them up */
    @Override
    public List<Suspect> compare(Path directory, VerdictCounts tally, Consumer<Suspect> suspects) {
        try (ScanCheckpoints sourceRows =
                        ScanCheckpoints.open(directory, "source", options.checkpointEvery(), source::continuesFrom);
                ScanCheckpoints targetRows =
                        ScanCheckpoints.open(directory, "target", options.checkpointEvery(), target::continuesFrom)) {
            bothScans(sourceRows, targetRows);
            new KeyedDifference(directory, options.partBytes(), tally, suspects)
                    .compare(sourceRows.spill(), targetRows.spill());
            return RowSample.of(sourceRows.spill(), options.sample(), options.seed());
        }
    }

    private void bothScans(ScanCheckpoints sourceRows, ScanCheckpoints targetRows) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Future<?>> both;
        try (ExecutorService scans = Executors.newFixedThreadPool(2)) {
            both = List.of(
                    scans.submit(scanOfSource(sourceRows, failure)), scans.submit(scanOfTarget(targetRows, failure)));
        }
        Throwable failed = failure.get();
        if (failed != null) {
            throw BackgroundTask.failure(failed);
        }
        both.forEach(BackgroundTask::of);
    }

    private Runnable scanOfSource(ScanCheckpoints notes, AtomicReference<@Nullable Throwable> failure) {
        RowHasher hasher = new RowHasher();
        return () -> scan(
                notes,
                failure,
                progress.source(),
                read -> source.scan(
                        notes.mark(),
                        entry -> {
                            notes.add(new SpilledEntry(
                                    entry.id(), entry.key(), ExpectedContent.of(entry.expectation(), hasher)));
                            seen(read, failure);
                        },
                        notes::reached));
    }

    private Runnable scanOfTarget(ScanCheckpoints notes, AtomicReference<@Nullable Throwable> failure) {
        RowHasher hasher = new RowHasher();
        return () -> scan(notes, failure, progress.target(), read -> {
            // Here, so that the scan of the source does not wait for a store to open.
            progress.expect(target.count());
            target.scan(
                    notes.mark(),
                    stored -> {
                        notes.add(SpilledEntry.ofTarget(stored.id(), hasher.of(stored.row())));
                        seen(read, failure);
                    },
                    notes::reached);
        });
    }

    private static void seen(AtomicLong read, AtomicReference<@Nullable Throwable> failure) {
        if (failure.get() != null) {
            throw new CancellationException("the other scan failed");
        }
        read.incrementAndGet();
    }

    /** @param failure of the scan that failed first, which ends the other one */
    private void scan(
            ScanCheckpoints notes,
            AtomicReference<@Nullable Throwable> failure,
            AtomicLong read,
            Consumer<AtomicLong> scan) {
        progress.knownBefore(read, notes.rows());
        if (notes.isComplete()) {
            return;
        }
        try {
            scan.accept(read);
            notes.complete();
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            throw e;
        }
    }
}
