package io.vectorferry.producer.chroma.memory;

import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.wire.SnapshotProgress;
import io.vectorferry.stores.chroma.MetadataTypes;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The published records of one collection and generation: one hash per record, on disk, so that a scan publishes only
 * what differs and knows what was deleted. A record is announced on disk before it is sent, and its hash is written
 * when Kafka has it: whatever a crash leaves, the file knows at least every id that was sent. Safe for any thread.
 */
public final class PublishedRows implements AutoCloseable {
    /** The file is rewritten when it is larger than this, and than twice its live content. */
    private static final long COMPACT_ABOVE_BYTES = 16L * 1024 * 1024;

    private final FrameFile file;
    private final Identity identity;
    private final MetadataTypes types;
    private final Map<String, Hash128> rows;
    private long firstLook;
    private long lastLook;
    private boolean complete;

    /** Identifies the rows that the file has: neither a collection of the same name nor a new file passes for the old one. */
    public record Identity(String collectionId, String memoryId, int generation) {
        /** Returns the identity of what the control topic records; that of no collection has empty ids. */
        public static Identity of(SnapshotProgress recorded) {
            return recorded.getCollectionId().isEmpty()
                    ? parse(recorded.getIncarnation(), recorded.getGeneration()) // by version 0.1
                    : new Identity(recorded.getCollectionId(), recorded.getMemoryId(), recorded.getGeneration());
        }

        /** Returns the identity of what the file says of itself: both ids, with a slash between them. */
        static Identity parse(String ids, int generation) {
            int slash = Math.max(0, ids.indexOf('/'));
            return new Identity(ids.substring(0, slash), ids.substring(Math.min(ids.length(), slash + 1)), generation);
        }

        public String ids() {
            return collectionId + "/" + memoryId;
        }

        public boolean isOfNone() {
            return collectionId.isEmpty();
        }
    }

    private PublishedRows(FrameFile file, Identity identity, MetadataTypes types, Replay replay) {
        this.file = file;
        this.identity = identity;
        this.types = types;
        this.rows = new ConcurrentHashMap<>(replay.rows);
        this.firstLook = replay.firstLook;
        this.lastLook = replay.lastLook;
        this.complete = replay.complete;
    }

    /** Begins with nothing, in place of what the file held. */
    public static PublishedRows begin(Path path, Identity identity, MetadataTypes types) {
        FrameFile file = RowFrames.newFile(path);
        file.append(RowFrames.identity(identity, types.mixed()));
        file.force();
        return new PublishedRows(file, identity, types, new Replay());
    }

    /** Resumes with the file; null if it belongs to another collection, or is older than the recorded scans. */
    public static @Nullable PublishedRows resume(Path path, Identity wanted, long lookAtLeast) {
        Replay replay = new Replay();
        FrameFile file = FrameFile.open(path, frame -> RowFrames.read(frame, replay));
        if (!wanted.equals(replay.identity) || replay.lastLook < lookAtLeast) {
            file.close();
            return null;
        }
        PublishedRows rows = new PublishedRows(file, wanted, new MetadataTypes(replay.types), replay);
        return file.bytes() > rows.compactAbove() ? rows.compacted(path) : rows;
    }

    public Identity identity() {
        return identity;
    }

    public MetadataTypes types() {
        return types;
    }

    public boolean holds(String id, Hash128 hash) {
        return hash.equals(rows.get(id));
    }

    public boolean knows(String id) {
        return rows.containsKey(id);
    }

    /** Returns a copy of the ids. */
    public List<String> ids() {
        return List.copyOf(rows.keySet());
    }

    public int size() {
        return rows.size();
    }

    /** Every record of the generation's first look is published, and what it did not show is swept. */
    public synchronized boolean isComplete() {
        return complete;
    }

    /** The number of the first look at this generation; the largest number while there was none. */
    public synchronized long firstLook() {
        return firstLook == 0 ? Long.MAX_VALUE : firstLook;
    }

    /** Begins a scan; recorded on disk when it returns. */
    public synchronized void beginLook(long look) {
        file.append(RowFrames.look(look));
        file.force();
        firstLook = firstLook == 0 ? look : firstLook;
        lastLook = look;
    }

    /** Announces ids that are about to be sent; until they are published, no content of them is held. On disk when it returns. */
    public synchronized void announce(Collection<String> ids) {
        Map<String, Hash128> uncertain = new TreeMap<>();
        ids.forEach(id -> uncertain.put(id, Hash128.NONE));
        file.append(RowFrames.rows(uncertain));
        file.force();
        rows.putAll(uncertain);
    }

    /** Kafka has these. */
    public synchronized void published(Map<String, Hash128> hashes) {
        file.append(RowFrames.rows(hashes));
        rows.putAll(hashes);
    }

    /** Kafka has the deletions of these. */
    public synchronized void removed(Collection<String> ids) {
        file.append(RowFrames.removed(ids));
        ids.forEach(rows::remove);
    }

    public synchronized void completed() {
        file.append(RowFrames.complete());
        file.force();
        complete = true;
    }

    @Override
    public void close() {
        file.close();
    }

    /** The same in as few frames as it takes; takes the place of the file by a rename. */
    private PublishedRows compacted(Path path) {
        file.close();
        Replay state = new Replay();
        state.rows.putAll(rows);
        state.firstLook = firstLook;
        state.lastLook = lastLook;
        state.complete = complete;
        return new PublishedRows(RowFrames.rewritten(path, identity, types, state), identity, types, state);
    }

    private long compactAbove() {
        return Math.max(COMPACT_ABOVE_BYTES, 2 * RowFrames.bytes(rows));
    }

    /** The state after all frames of a file. */
    public static final class Replay {
        @Nullable
        public Identity identity;

        public Map<String, FieldType.Name> types = Map.of();
        public final Map<String, Hash128> rows = new java.util.HashMap<>();
        public long firstLook;
        long lastLook;
        public boolean complete;
    }
}
