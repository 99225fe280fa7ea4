package io.vectorferry.producer.rescan.memory;

import io.vectorferry.contracts.OwnerOnly;
import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.row.FieldType;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The frames of {@link PublishedRows}. Stateless. */
public final class RowFrames {
    private static final byte IDENTITY = 1;
    private static final byte LOOK = 2;
    private static final byte ROWS = 3;
    private static final byte REMOVED = 4;
    private static final byte COMPLETE = 5;
    private static final byte MARK = 6;

    private static final int ROWS_A_FRAME = 10_000;
    private static final int HASH_BYTES = 16;

    /** Writes a frame's content. */
    private interface Content {
        void writeTo(DataOutputStream out) throws IOException;
    }

    private RowFrames() {}

    public static byte[] identity(PublishedRows.Identity identity, Map<String, FieldType.Name> types) {
        return frame(IDENTITY, out -> {
            writeText(out, identity.ids());
            out.writeInt(identity.generation());
            out.writeInt(types.size());
            for (Map.Entry<String, FieldType.Name> type : types.entrySet()) {
                writeText(out, type.getKey());
                writeText(out, type.getValue().name());
            }
        });
    }

    public static byte[] look(long look) {
        return frame(LOOK, out -> out.writeLong(look));
    }

    public static byte[] rows(Map<String, Hash128> hashes) {
        return frame(ROWS, out -> {
            out.writeInt(hashes.size());
            for (Map.Entry<String, Hash128> row : hashes.entrySet()) {
                writeText(out, row.getKey());
                out.writeLong(row.getValue().high());
                out.writeLong(row.getValue().low());
            }
        });
    }

    public static byte[] removed(Collection<String> ids) {
        return frame(REMOVED, out -> {
            out.writeInt(ids.size());
            for (String id : ids) {
                writeText(out, id);
            }
        });
    }

    public static byte[] mark(String mark) {
        return frame(MARK, out -> writeText(out, mark));
    }

    public static byte[] complete() {
        return frame(COMPLETE, out -> {});
    }

    public static void read(ByteBuffer frame, PublishedRows.Replay into) {
        switch (frame.get()) {
            case IDENTITY -> {
                into.identity = PublishedRows.Identity.parse(readText(frame), frame.getInt());
                Map<String, FieldType.Name> types = new TreeMap<>();
                for (int i = frame.getInt(); i > 0; i--) {
                    types.put(readText(frame), FieldType.Name.valueOf(readText(frame)));
                }
                into.types = types;
            }
            case LOOK -> {
                into.lastLook = frame.getLong();
                into.firstLook = into.firstLook == 0 ? into.lastLook : into.firstLook;
            }
            case ROWS -> {
                for (int i = frame.getInt(); i > 0; i--) {
                    into.rows.put(readText(frame), new Hash128(frame.getLong(), frame.getLong()));
                }
            }
            case REMOVED -> {
                for (int i = frame.getInt(); i > 0; i--) {
                    into.rows.remove(readText(frame));
                }
            }
            case COMPLETE -> into.complete = true;
            case MARK -> into.mark = readText(frame);
            default -> throw new IllegalStateException("a frame of an unknown kind");
        }
    }

    static FrameFile newFile(Path path) {
        try {
            OwnerOnly.createParent(path);
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return FrameFile.open(path, frame -> {});
    }

    static FrameFile rewritten(
            Path path, PublishedRows.Identity identity, Map<String, FieldType.Name> types, PublishedRows.Replay state) {
        Path fresh = path.resolveSibling(path.getFileName() + ".new");
        try (FrameFile file = newFile(fresh)) {
            file.append(identity(identity, types));
            file.append(look(state.firstLook));
            Map<String, Hash128> some = new TreeMap<>();
            for (Map.Entry<String, Hash128> row : state.rows.entrySet()) {
                some.put(row.getKey(), row.getValue());
                if (some.size() == ROWS_A_FRAME) {
                    file.append(rows(some));
                    some.clear();
                }
            }
            file.append(rows(some));
            if (state.complete) {
                file.append(complete());
            }
            if (!state.mark.isEmpty()) {
                file.append(mark(state.mark));
            }
            file.append(look(state.lastLook));
            file.force();
        }
        try {
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return FrameFile.open(path, frame -> {});
    }

    /** Returns the size of the rows in a file. */
    static long bytes(Collection<String> ids) {
        long bytes = 0;
        for (String id : ids) {
            bytes += HASH_BYTES + Integer.BYTES + id.length();
        }
        return bytes;
    }

    private static byte[] frame(byte kind, Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(kind);
            content.writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(ByteBuffer frame) {
        byte[] bytes = new byte[frame.getInt()];
        frame.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
