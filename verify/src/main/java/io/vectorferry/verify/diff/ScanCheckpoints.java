package io.vectorferry.verify.diff;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.verify.notes.VerificationNotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What the scan of one side has found, and how far it is: another process goes on behind the last checkpoint. For one thread at a time. */
public final class ScanCheckpoints implements AutoCloseable {
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

    /** @param continues whether a scan can go on behind a mark; otherwise it begins anew */
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
            return Files.exists(file) ? Optional.of(JSON.readValue(file.toFile(), Checkpoint.class)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // what cannot be read is begun anew
        }
    }

    boolean isComplete() {
        return last.complete();
    }

    /** Where the scan begins. */
    String mark() {
        return last.mark();
    }

    public long rows() {
        return rows;
    }

    SpillFile spill() {
        return spill;
    }

    public void add(SpilledEntry entry) {
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
