package io.vectorferry.control.verify;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The entries of one side in files, parted by their ids: those of one id are in the part of the same number of either side. One thread adds; then {@link #end}; then any reads. */
final class Spill implements AutoCloseable {
    static final int PARTS = 32;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path directory;
    private final String name;
    private final int level;
    private final List<DataOutputStream> parts = new ArrayList<>();

    /** @param level how often the entries were parted before: each time by other bits of the ids' hashes */
    Spill(Path directory, String name, int level) {
        this.directory = directory;
        this.name = name;
        this.level = level;
        try {
            for (int part = 0; part < PARTS; part++) {
                parts.add(new DataOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(file(part)), BUFFER_BYTES)));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    void add(SpilledEntry entry) {
        try {
            entry.write(parts.get(partOf(entry.id())));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** All that was added can be read. */
    void end() {
        try {
            for (DataOutputStream part : parts) {
                part.close();
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    long bytes(int part) {
        try {
            return Files.size(file(part));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    void read(int part, Consumer<SpilledEntry> entries) {
        try (DataInputStream in =
                new DataInputStream(new BufferedInputStream(Files.newInputStream(file(part)), BUFFER_BYTES))) {
            in.mark(1);
            while (in.read() >= 0) {
                in.reset();
                entries.accept(SpilledEntry.read(in));
                in.mark(1);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private int partOf(TargetKey.Id id) {
        long mixed = (id.hashCode() + 31L * level) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (mixed >>> 59);
    }

    private Path file(int part) {
        return directory.resolve("%s-%d-%d".formatted(name, level, part));
    }

    private FerryException unwritable(IOException e) {
        return FerryException.misconfigured(
                "verification cannot keep its notes in %s: %s".formatted(directory, e.getMessage()),
                "It needs about 200 bytes a row of free space in data.dir.",
                e);
    }

    @Override
    public void close() {
        end();
        try {
            for (int part = 0; part < PARTS; part++) {
                Files.deleteIfExists(file(part));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }
}
