package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.FerryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The file that interrupted exports have left. It stays until the export is complete, however often resuming it is
 * interrupted too.
 */
final class UnfinishedFile {
    private final Path part;
    private final Path aside;
    private final Compression compression;
    private final String from;

    /**
     * @param part what an export is writing
     * @param from what it is written from: what another one has left is not taken
     */
    UnfinishedFile(Path part, Compression compression, String from) {
        this.part = part;
        this.aside = part.resolveSibling(part.getFileName() + ".left");
        this.compression = compression;
        this.from = from;
    }

    /** Removes what is left, so that {@code part} can be written again. */
    UnfinishedFile setAside() {
        try {
            // An export that was going on may have been broken off before it had copied what was there.
            if (Files.exists(part) && wholeRows(part) >= wholeRows(aside)) {
                Files.move(part, aside, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            }
            return this;
        } catch (IOException e) {
            throw FerryException.misconfigured(
                    "%s cannot be renamed: %s".formatted(part, e.getMessage()),
                    "Check the permissions of the directory.",
                    e);
        }
    }

    /** Passes the complete rows, in order. */
    void rows(Consumer<JsonlRow> rows) {
        if (Files.exists(aside)) {
            new JsonlReader(aside, compression).readUnfinished(from, rows);
        }
    }

    void discard() {
        try {
            Files.deleteIfExists(aside);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long wholeRows(Path file) {
        AtomicLong count = new AtomicLong();
        if (Files.exists(file)) {
            new JsonlReader(file, compression).readUnfinished(from, row -> count.incrementAndGet());
        }
        return count.get();
    }
}
