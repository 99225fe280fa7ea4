package io.vectorferry.control.verify;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
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

/** Suspects on disk, since an empty target has as many as the source has rows. Each key of one follows as an entry of its own. For one thread. */
final class SuspectFile implements AutoCloseable {
    private final Path file;
    private final DataOutputStream out;
    private long size;

    SuspectFile(Path file) {
        this.file = file;
        try {
            out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    void add(Suspect suspect) {
        try {
            size++;
            out.writeInt(suspect.keys().size());
            new SpilledEntry(suspect.id(), ByteString.EMPTY, new Content.LeftOut()).write(out);
            for (var key : suspect.keys()) {
                new SpilledEntry(suspect.id(), SpilledEntry.encoded(key), new Content.LeftOut()).write(out);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    long size() {
        return size;
    }

    /** In lists of at most {@code most}; nothing is added any more. */
    void read(int most, Consumer<List<Suspect>> lists) {
        try {
            out.close();
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                for (long left = size; left > 0; left -= most) {
                    List<Suspect> list = new ArrayList<>();
                    for (long i = 0; i < Math.min(left, most); i++) {
                        list.add(next(in));
                    }
                    lists.accept(list);
                }
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static Suspect next(DataInputStream in) throws IOException {
        int keys = in.readInt();
        SpilledEntry head = SpilledEntry.read(in);
        List<SourceKey> all = new ArrayList<>(keys);
        for (int i = 0; i < keys; i++) {
            all.add(SpilledEntry.read(in).sourceKey());
        }
        return new Suspect(head.id(), all);
    }

    private FerryException unwritable(IOException e) {
        return FerryException.misconfigured(
                "verification cannot keep its notes in %s: %s".formatted(file, e.getMessage()),
                "Make room in data.dir.",
                e);
    }

    @Override
    public void close() {
        try {
            out.close();
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw unwritable(e);
        }
    }
}
