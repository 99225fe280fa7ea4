package io.vectorferry.verify.diff;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.verify.row.RowHasher.EncodedBytes;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

    /** Returns the file of an earlier process, as it was at a checkpoint; empty if a part of it is missing. */
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

    public void add(Entry entry) {
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

    /** The entries as {@link Entry} writes them. */
    public byte[] read(int part) {
        try {
            return Files.readAllBytes(file(part));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    public void read(int part, Consumer<Entry> entries) {
        for (ByteBuffer in = ByteBuffer.wrap(read(part)); in.hasRemaining(); ) {
            entries.accept(Entry.read(in));
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
                "verification cannot write its files in %s: %s".formatted(directory, e.getMessage()),
                "It needs about 200 bytes of free space per row in data.dir.",
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

    /**
     * The data of a row that is kept between the scan and the comparison. In bytes: its length, the length of the id,
     * the id, the content, the key, so that entries are compared without being read into objects.
     *
     * @param key of the source's row; null for a row of the target
     */
    public record Entry(TargetKey.Id id, @Nullable SourceKey key, ExpectedHash content) {
        /** Number of bytes before the id. */
        static final int HEAD_BYTES = 2 * Integer.BYTES;

        /** Number of bytes of the content, after its kind. */
        static final int HASH_BYTES = 2 * Long.BYTES;

        static final byte HASHED = 0;
        private static final byte LEFT_OUT = 1;
        private static final byte REJECTED = 2;

        private static final byte NUMBER = 0;
        private static final byte TEXT = 1;

        private static final byte NO_KEY = 0;

        /** The collection follows: the key's only part is the id. */
        private static final byte KEY_IS_ID = 1;

        private static final byte OTHER_KEY = 2;

        public static Entry ofTarget(TargetKey.Id id, RowHash hash) {
            return new Entry(id, null, new ExpectedHash.Hashed(hash));
        }

        void write(EncodedBytes out) {
            int start = out.size();
            out.putInt(0);
            out.putInt(0);
            writeId(out);
            out.setInt(start + Integer.BYTES, out.size() - start - HEAD_BYTES);
            writeContent(out);
            writeKey(out);
            out.setInt(start, out.size() - start);
        }

        void writeId(EncodedBytes out) {
            switch (id) {
                case TargetKey.NumberId(long number) -> {
                    out.put(NUMBER);
                    out.putLong(number);
                }
                case TargetKey.TextId(String text) -> {
                    out.put(TEXT);
                    out.put(text.getBytes(StandardCharsets.UTF_8));
                }
            }
        }

        private void writeContent(EncodedBytes out) {
            switch (content) {
                case ExpectedHash.Hashed(RowHash(long high, long low)) -> {
                    out.put(HASHED);
                    out.putLong(high);
                    out.putLong(low);
                }
                case ExpectedHash.Excluded() -> out.put(LEFT_OUT);
                case ExpectedHash.Rejected(ErrorType error) -> {
                    out.put(REJECTED);
                    out.putText(error.name());
                }
            }
        }

        private void writeKey(EncodedBytes out) {
            if (key == null) {
                out.put(NO_KEY);
            } else if (key.equals(keyOf(key.collection(), id))) {
                out.put(KEY_IS_ID);
                out.putText(key.collection());
            } else {
                out.put(OTHER_KEY);
                out.put(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
            }
        }

        /** The entry at the buffer's position, which is behind it afterwards. */
        public static Entry read(ByteBuffer in) {
            int end = in.position() + in.getInt();
            int idBytes = in.getInt();
            TargetKey.Id id = in.get() == NUMBER
                    ? new TargetKey.NumberId(in.getLong())
                    : new TargetKey.TextId(new String(bytes(in, idBytes - 1), StandardCharsets.UTF_8));
            ExpectedHash content =
                    switch (in.get()) {
                        case HASHED -> new ExpectedHash.Hashed(new RowHash(in.getLong(), in.getLong()));
                        case LEFT_OUT -> new ExpectedHash.Excluded();
                        default -> new ExpectedHash.Rejected(ErrorType.valueOf(text(in)));
                    };
            SourceKey key =
                    switch (in.get()) {
                        case NO_KEY -> null;
                        case KEY_IS_ID -> keyOf(text(in), id);
                        default -> Codecs.SOURCE_KEY.decode(bytes(in, end - in.position()));
                    };
            return new Entry(id, key, content);
        }

        private static SourceKey keyOf(String collection, TargetKey.Id id) {
            Value only =
                    switch (id) {
                        case TargetKey.NumberId(long number) -> new Value.Whole(number);
                        case TargetKey.TextId(String text) -> new Value.Text(text);
                    };
            return new SourceKey(collection, List.of(only));
        }

        private static String text(ByteBuffer in) {
            return new String(bytes(in, in.getInt()), StandardCharsets.UTF_8);
        }

        private static byte[] bytes(ByteBuffer in, int length) {
            byte[] bytes = new byte[length];
            in.get(bytes);
            return bytes;
        }
    }
}
