package io.vectorferry.verify.diff;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.verify.row.RowHasher.EncodedBytes;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Suspects on disk, since an empty target has as many as the source has rows. Each key of one follows as an entry of its own. For one thread. */
public final class SuspectFile implements AutoCloseable {
    private final Path file;
    private final DataOutputStream out;
    private final EncodedBytes entryBytes = new EncodedBytes();
    private long size;
    private @Nullable DataInputStream in;
    private long taken;

    public SuspectFile(Path file) {
        this.file = file;
        try {
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    public void add(Suspect suspect) {
        try {
            size++;
            out.writeInt(suspect.keys().size());
            write(new SpillFile.Entry(suspect.id(), null, new ExpectedHash.Excluded()));
            for (SourceKey key : suspect.keys()) {
                write(new SpillFile.Entry(suspect.id(), key, new ExpectedHash.Excluded()));
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    public long size() {
        return size;
    }

    /** The next ones, none at the end; nothing is added any more. */
    public List<Suspect> take(int most) {
        try {
            DataInputStream open = in;
            if (open == null) {
                out.close();
                open = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
                in = open;
            }
            List<Suspect> list = new ArrayList<>();
            for (; taken < size && list.size() < most; taken++) {
                list.add(next(open));
            }
            return list;
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    /** Reads the suspects in lists of at most {@code most}; nothing is added afterwards. */
    public void read(int most, Consumer<List<Suspect>> lists) {
        for (List<Suspect> list = take(most); !list.isEmpty(); list = take(most)) {
            lists.accept(list);
        }
    }

    private void write(SpillFile.Entry entry) throws IOException {
        entryBytes.clear();
        entry.write(entryBytes);
        out.write(entryBytes.array(), 0, entryBytes.size());
    }

    private static Suspect next(DataInputStream in) throws IOException {
        int keys = in.readInt();
        TargetKey.Id id = entry(in).id();
        List<SourceKey> all = new ArrayList<>(keys);
        for (int i = 0; i < keys; i++) {
            all.add(Objects.requireNonNull(entry(in).key(), "a suspect's key was written"));
        }
        return new Suspect(id, all);
    }

    private static SpillFile.Entry entry(DataInputStream in) throws IOException {
        int length = in.readInt();
        ByteBuffer bytes = ByteBuffer.allocate(length).putInt(length);
        in.readFully(bytes.array(), Integer.BYTES, length - Integer.BYTES);
        return SpillFile.Entry.read(bytes.rewind());
    }

    private FerryException unwritable(IOException e) {
        return FerryException.misconfigured(
                "verification cannot write its files in %s: %s".formatted(file, e.getMessage()),
                "Free some space in data.dir.",
                e);
    }

    @Override
    public void close() {
        try {
            out.close();
            DataInputStream open = in;
            if (open != null) {
                open.close();
            }
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }
}
