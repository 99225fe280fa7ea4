package io.vectorferry.verify.diff;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.diff.KeyedDifference.BackgroundTask;
import io.vectorferry.verify.diff.RowComparison.RowSample;
import io.vectorferry.verify.notes.VerificationNotes;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import io.vectorferry.verify.source.ExpectedRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Every row of both sides: two scans side by side, and the keyed difference of what they gave. */
public record FullComparison(
        ExpectedRows source, TargetReader target, VerificationOptions options, VerificationProgress progress)
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
                            notes.add(new SpillFile.Entry(
                                    entry.id(), entry.key(), ExpectedHash.of(entry.expected(), hasher)));
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
                        notes.add(SpillFile.Entry.ofTarget(stored.id(), hasher.of(stored.row())));
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

    /**
     * The findings and the progress of the scan of one side: another process can resume after the last checkpoint. For
     * one thread at a time.
     */
    public static final class ScanCheckpoints implements AutoCloseable {
        private static final ObjectMapper JSON = new ObjectMapper();

        private final Path file;
        private final SpillFile spill;
        private final Duration checkpointEvery;
        private Checkpoint last;
        private long rows;
        private long lastNanos = System.nanoTime();

        /**
         * @param mark of the scan, empty at its beginning and at its end
         * @param lengths of the parts of the spill
         */
        private record Checkpoint(String mark, boolean complete, long rows, List<Long> lengths) {
            static final Checkpoint BEGINNING = new Checkpoint("", false, 0, List.of());

            Checkpoint {
                lengths = List.copyOf(lengths);
            }
        }

        private ScanCheckpoints(Path file, SpillFile spill, Checkpoint last, Duration checkpointEvery) {
            this.file = file;
            this.spill = spill;
            this.last = last;
            this.rows = last.rows();
            this.checkpointEvery = checkpointEvery;
        }

        /** @param continues whether a scan can resume at a mark; otherwise it starts over */
        public static ScanCheckpoints open(
                Path directory, String name, Duration checkpointEvery, Predicate<String> continues) {
            Path file = directory.resolve(name + ".json");
            Checkpoint last = read(file)
                    .filter(before -> before.complete() || continues.test(before.mark()))
                    .orElse(Checkpoint.BEGINNING);
            Optional<SpillFile> spill = last.equals(Checkpoint.BEGINNING)
                    ? Optional.empty()
                    : SpillFile.continued(directory, name, last.lengths());
            if (spill.isPresent()) {
                return new ScanCheckpoints(file, spill.get(), last, checkpointEvery);
            }
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw VerificationNotes.unwritable(file, e);
            }
            return new ScanCheckpoints(file, new SpillFile(directory, name, 0), Checkpoint.BEGINNING, checkpointEvery);
        }

        private static Optional<Checkpoint> read(Path file) {
            try {
                return Files.exists(file)
                        ? Optional.of(JSON.readValue(file.toFile(), Checkpoint.class))
                        : Optional.empty();
            } catch (IOException e) {
                return Optional.empty(); // what cannot be read is begun anew
            }
        }

        boolean isComplete() {
            return last.complete();
        }

        /** Returns the mark at which the scan begins. */
        String mark() {
            return last.mark();
        }

        public long rows() {
            return rows;
        }

        SpillFile spill() {
            return spill;
        }

        public void add(SpillFile.Entry entry) {
            spill.add(entry);
            rows++;
        }

        /** All rows before the mark were added. */
        void reached(String mark) {
            if (isDue()) {
                checkpoint(mark, false);
            }
        }

        /** All rows were added. A scan that took no longer than from one checkpoint to the next is not worth one. */
        void complete() {
            if (isDue() || !last.equals(Checkpoint.BEGINNING)) {
                checkpoint("", true);
            }
            spill.end();
        }

        private boolean isDue() {
            return System.nanoTime() - lastNanos >= checkpointEvery.toNanos();
        }

        private void checkpoint(String mark, boolean complete) {
            last = new Checkpoint(mark, complete, rows, spill.checkpoint());
            lastNanos = System.nanoTime();
            Path next = file.resolveSibling(file.getFileName() + ".next");
            try {
                Files.writeString(next, JSON.writeValueAsString(last));
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("a checkpoint is JSON", e);
            } catch (IOException e) {
                throw VerificationNotes.unwritable(file, e);
            }
        }

        /** The files stay. */
        @Override
        public void close() {
            spill.end();
        }
    }
}
