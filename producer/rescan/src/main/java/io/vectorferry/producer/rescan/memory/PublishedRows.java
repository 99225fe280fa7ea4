package io.vectorferry.producer.rescan.memory;

import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.wire.SnapshotProgress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The published rows of one collection and generation: one hash per row, on disk, so that a look publishes only what differs
 * and knows what was deleted. A row is announced on disk before it is sent, and its hash is written when Kafka has it:
 * whatever a crash leaves, the file knows at least every key that was sent. In memory a row takes its key and about 100
 * bytes. Safe for any thread.
 */
public final class PublishedRows implements AutoCloseable {
    /** The file is rewritten when it is larger than this, and than twice its live content. */
    private static final long COMPACT_ABOVE_BYTES = 16L * 1024 * 1024;

    /** Keys that several rows have, and that are reported: a memory of more of them would not be read. */
    private static final int MAX_REPORTED = 10_000;

    private final FrameFile file;
    private final Identity identity;
    private final Map<String, FieldType.Name> types;
    private final Map<String, Entry> rows = new ConcurrentHashMap<>();
    private final Set<String> reported = ConcurrentHashMap.newKeySet();
    private String mark;
    private long surplus;
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

    /** The published content of one row. A key is used by one thread at a time; the end of a look publishes it to the others. */
    private static final class Entry {
        private volatile Hash128 hash;
        private volatile int look;

        Entry(Hash128 hash) {
            this.hash = hash;
        }
    }

    private PublishedRows(FrameFile file, Identity identity, Map<String, FieldType.Name> types, Replay replay) {
        this.file = file;
        this.identity = identity;
        this.types = Map.copyOf(types);
        replay.rows.forEach((id, hash) -> rows.put(id, new Entry(hash)));
        this.mark = replay.mark;
        this.firstLook = replay.firstLook;
        this.lastLook = replay.lastLook;
        this.complete = replay.complete;
    }

    /** Begins with nothing, in place of what the file held. */
    public static PublishedRows begin(Path path, Identity identity, Map<String, FieldType.Name> types) {
        FrameFile file = RowFrames.newFile(path);
        file.append(RowFrames.identity(identity, types));
        file.force();
        return new PublishedRows(file, identity, types, new Replay());
    }

    /** Resumes with the file; null if it belongs to another collection, or is older than the recorded looks. */
    public static @Nullable PublishedRows resume(Path path, Identity wanted, long lookAtLeast) {
        Replay replay = new Replay();
        FrameFile file = FrameFile.open(path, frame -> RowFrames.read(frame, replay));
        if (!wanted.equals(replay.identity) || replay.lastLook < lookAtLeast) {
            file.close();
            return null;
        }
        long compactAbove = Math.max(COMPACT_ABOVE_BYTES, 2 * RowFrames.bytes(replay.rows.keySet()));
        if (file.bytes() > compactAbove) {
            file.close();
            file = RowFrames.rewritten(path, wanted, replay.types, replay);
        }
        return new PublishedRows(file, wanted, replay.types, replay);
    }

    public Identity identity() {
        return identity;
    }

    /** Returns the types that were settled when the generation began. */
    public Map<String, FieldType.Name> types() {
        return types;
    }

    public boolean holds(String id, Hash128 hash) {
        Entry entry = rows.get(id);
        return entry != null && hash.equals(entry.hash);
    }

    public boolean knows(String id) {
        return rows.containsKey(id);
    }

    /** Returns whether the row's content was published: what is only announced may have been sent or not. */
    public boolean hasPublished(String id) {
        Entry entry = rows.get(id);
        return entry != null && !Hash128.NONE.equals(entry.hash);
    }

    /** Returns a copy of the ids. */
    public List<String> ids() {
        return List.copyOf(rows.keySet());
    }

    public int size() {
        return rows.size();
    }

    /** Notes that a look has read a row of this key. Returns false if it has read another one before. */
    public boolean see(String id, long look) {
        Entry entry = rows.computeIfAbsent(id, key -> new Entry(Hash128.NONE));
        synchronized (entry) {
            boolean isFirst = entry.look != (int) look;
            entry.look = (int) look;
            return isFirst;
        }
    }

    /** Returns the keys of which a look has seen no row. */
    public List<String> unseen(long look) {
        List<String> ids = new ArrayList<>();
        rows.forEach((id, entry) -> {
            if (entry.look != (int) look) {
                ids.add(id);
            }
        });
        return ids;
    }

    /** Returns whether a key that several rows have is to be reported: once for each process. */
    public boolean isNews(String id) {
        return reported.size() < MAX_REPORTED && reported.add(id);
    }

    /** Every row of the generation's first look is published, and what it did not show is swept. */
    public synchronized boolean isComplete() {
        return complete;
    }

    /** The number of the first look at this generation; the largest number while there was none. */
    public synchronized long firstLook() {
        return firstLook == 0 ? Long.MAX_VALUE : firstLook;
    }

    /** Returns the mark of the last reading of which everything is published; empty if there is none. */
    public synchronized String mark() {
        return mark;
    }

    /** All that was read up to the mark is published. */
    public synchronized void reached(String next) {
        if (!next.equals(mark)) {
            file.append(RowFrames.mark(next));
            mark = next;
        }
    }

    /** Returns how many rows more than keys the last look at all of them has found. */
    public synchronized long surplus() {
        return surplus;
    }

    public synchronized void surplus(long rowsMoreThanKeys) {
        surplus = rowsMoreThanKeys;
    }

    /** Begins a look; recorded on disk when it returns. */
    public synchronized void beginLook(long look) {
        file.append(RowFrames.look(look));
        file.force();
        firstLook = firstLook == 0 ? look : firstLook;
        lastLook = look;
    }

    /** Returns the number of the newest look. */
    public synchronized long lastLook() {
        return lastLook;
    }

    /** Announces ids that are about to be sent; until they are published, no content of them is held. On disk when it returns. */
    public synchronized void announce(Collection<String> ids) {
        Map<String, Hash128> uncertain = new TreeMap<>();
        ids.forEach(id -> uncertain.put(id, Hash128.NONE));
        file.append(RowFrames.rows(uncertain));
        file.force();
        uncertain.forEach(this::put);
    }

    /** Kafka has these. */
    public synchronized void published(Map<String, Hash128> hashes) {
        file.append(RowFrames.rows(hashes));
        hashes.forEach(this::put);
    }

    private void put(String id, Hash128 hash) {
        rows.computeIfAbsent(id, key -> new Entry(hash)).hash = hash;
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

    /** The state after all frames of a file. */
    public static final class Replay {
        @Nullable
        public Identity identity;

        public Map<String, FieldType.Name> types = Map.of();
        public final Map<String, Hash128> rows = new HashMap<>();
        public long firstLook;
        public String mark = "";
        long lastLook;
        public boolean complete;
    }
}
