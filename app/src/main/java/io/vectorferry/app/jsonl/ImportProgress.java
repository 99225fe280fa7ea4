package io.vectorferry.app.jsonl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** How many rows of a file are in a target, in a small file of its own. For one thread. */
final class ImportProgress {
    private static final int SUM_CHARS = 16;

    private final Path file;

    private ImportProgress(Path file) {
        this.file = file;
    }

    /** @param sha256 of the file: the same content under another name resumes too, other content starts over */
    static ImportProgress of(Path dataDir, String target, String sha256) {
        return new ImportProgress(
                dataDir.resolve("import-%s-%s.rows".formatted(target, sha256.substring(0, SUM_CHARS))));
    }

    long rows() {
        try {
            return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NumberFormatException e) {
            return 0; // rows are upserts: from the start is right too
        }
    }

    void reached(long rows) {
        try {
            Files.createDirectories(file.getParent());
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(fresh, Long.toString(rows));
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void forget() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
