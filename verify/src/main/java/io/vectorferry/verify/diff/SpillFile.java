package io.vectorferry.verify.diff;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.verify.row.EncodedBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The entries of one side in files, parted by their ids: those of one id are in the part of the same number of either side. One thread adds; then {@link #end}; then any reads. */
public final class SpillFile implements AutoCloseable {
    static final int PARTS = 32;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path directory;
    private final String name;
    private final int level;
    private final List<Part> parts = new ArrayList<>();
    private final EncodedBytes entryBytes = new EncodedBytes();

    private record Part(FileChannel file, ByteBuffer buffer) {
        void add(EncodedBytes entry) throws IOException {
            if (buffer.remaining() < entry.size()) {
                flush();
            }
            if (buffer.remaining() < entry.size()) {
                write(ByteBuffer.wrap(entry.array(), 0, entry.size()));
            } else {
                buffer.put(entry.array(), 0, entry.size());
            }
        }

        void flush() throws IOException {
            write(buffer.flip());
            buffer.clear();
        }

        private void write(ByteBuffer bytes) throws IOException {
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
        }
    }

    /** @param level how often the entries were parted before: each time by other bits of the ids' hashes */
    public SpillFile(Path directory, String name, int level) {
        this(directory, name, level, Collections.nCopies(PARTS, 0L));
    }

    private SpillFile(Path directory, String name, int level, List<Long> lengths) {
        this.directory = directory;
        this.name = name;
        this.level = level;
        try {
            for (int part = 0; part < PARTS; part++) {
                FileChannel file = FileChannel.open(file(part), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                file.truncate(lengths.get(part)).position(lengths.get(part));
                parts.add(new Part(file, ByteBuffer.allocate(BUFFER_BYTES)));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** That of an earlier process, as it was at a checkpoint; empty where not all of it is there. */
    static Optional<SpillFile> continued(Path directory, String name, List<Long> lengths) {
        for (int part = 0; part < PARTS; part++) {
            Path file = file(directory, name, 0, part);
            try {
                if (!Files.exists(file) || Files.size(file) < lengths.get(part)) {
                    return Optional.empty();
                }
            } catch (IOException e) {
                return Optional.empty(); // what cannot be read is begun anew
            }
        }
        return Optional.of(new SpillFile(directory, name, 0, lengths));
    }

    /** Makes sure of all that was added; the lengths of the parts. */
    List<Long> checkpoint() {
        try {
            List<Long> lengths = new ArrayList<>();
            for (Part part : parts) {
                part.flush();
                part.file().force(false);
                lengths.add(part.file().position());
            }
            return lengths;
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    public void add(SpilledEntry entry) {
        try {
            entryBytes.clear();
            entry.write(entryBytes);
            parts.get(partOf(entry.id())).add(entryBytes);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** All that was added can be read. */
    public void end() {
        try {
            for (Part part : parts) {
                if (part.file().isOpen()) {
                    part.flush();
                    part.file().close();
                }
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

    /** The entries as {@link SpilledEntry} writes them. */
    public byte[] read(int part) {
        try {
            return Files.readAllBytes(file(part));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    public void read(int part, Consumer<SpilledEntry> entries) {
        for (ByteBuffer in = ByteBuffer.wrap(read(part)); in.hasRemaining(); ) {
            entries.accept(SpilledEntry.read(in));
        }
    }

    private int partOf(TargetKey.Id id) {
        long mixed = (id.hashCode() + 31L * level) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (mixed >>> 59);
    }

    private Path file(int part) {
        return file(directory, name, level, part);
    }

    private static Path file(Path directory, String name, int level, int part) {
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
