package io.vectorferry.verify.diff;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Compares two spills part by part in bounded memory, a few parts at a time. For one thread, which alone reports what
 * it finds.
 */
public final class KeyedDifference {
    /** Size of both sides of a part in their files; in memory they take about four times that. */
    public static final long PART_BYTES = 16L << 20;

    /** Ids that all have one hash cannot be parted at all. */
    private static final int MAX_LEVEL = 4;

    /** Number of threads, and of parts in memory. */
    private static final int PARTS_AT_ONCE = 2;

    private final Path directory;
    private final long partBytes;
    private final VerdictCounts tally;
    private final Consumer<Suspect> suspects;

    private record Both(List<SpillFile.Entry> source, List<RowHash> target) {}

    /** @param suspects receives every id that seems to differ */
    public KeyedDifference(Path directory, long partBytes, VerdictCounts tally, Consumer<Suspect> suspects) {
        this.directory = directory;
        this.partBytes = partBytes;
        this.tally = tally;
        this.suspects = suspects;
    }

    public void compare(SpillFile source, SpillFile target) {
        try (ExecutorService readers = Executors.newFixedThreadPool(PARTS_AT_ONCE)) {
            compare(source, target, 0, readers);
        }
    }

    private void compare(SpillFile source, SpillFile target, int level, ExecutorService readers) {
        Queue<Future<EqualRowFilter>> ahead = new ArrayDeque<>();
        for (int number = 0; number < SpillFile.PARTS; number++) {
            int part = number;
            if (source.bytes(part) + target.bytes(part) <= partBytes || level == MAX_LEVEL) {
                if (ahead.size() == PARTS_AT_ONCE) {
                    judge(ahead.remove());
                }
                ahead.add(readers.submit(() -> new EqualRowFilter(source.read(part), target.read(part))));
            } else {
                ahead.forEach(this::judge);
                ahead.clear();
                try (SpillFile finerSource = finer(source, part, "source", level + 1);
                        SpillFile finerTarget = finer(target, part, "target", level + 1)) {
                    compare(finerSource, finerTarget, level + 1, readers);
                }
            }
        }
        ahead.forEach(this::judge);
    }

    private SpillFile finer(SpillFile from, int part, String name, int level) {
        SpillFile finer = new SpillFile(directory, name, level);
        from.read(part, finer::add);
        finer.end();
        return finer;
    }

    private void judge(Future<EqualRowFilter> part) {
        EqualRowFilter plain = BackgroundTask.of(part);
        tally.agreed(plain.rows());
        Map<TargetKey.Id, Both> ids = new HashMap<>();
        plain.otherSource(entry -> both(ids, entry).source().add(entry));
        plain.otherTarget(entry -> {
            if (entry.content() instanceof ExpectedHash.Hashed(RowHash hash)) {
                both(ids, entry).target().add(hash);
            }
        });
        ids.forEach(this::judge);
    }

    private static Both both(Map<TargetKey.Id, Both> ids, SpillFile.Entry entry) {
        return ids.computeIfAbsent(entry.id(), id -> new Both(new ArrayList<>(1), new ArrayList<>(1)));
    }

    private void judge(TargetKey.Id id, Both both) {
        // A scan that was taken over gives some rows twice, the same or changed in between.
        List<SpillFile.Entry> source = both.source().stream().distinct().toList();
        List<SourceKey> keys = source.stream()
                .map(SpillFile.Entry::key)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        List<ExpectedHash> contents =
                source.stream().map(SpillFile.Entry::content).toList();
        Verdict verdict = Verdict.of(contents, both.target());
        if (verdict instanceof Verdict.Different || keys.size() < source.size()) {
            suspects.accept(new Suspect(id, keys));
        } else {
            tally.add(contents, both.target().size(), verdict);
        }
    }

    /**
     * The ids of a part that stand once on either side with the same hash, which are nearly all of them, found without an object
     * a row; the others are read one by one. For one thread.
     */
    public static final class EqualRowFilter {
        private static final byte UNSEEN = 0;
        private static final byte AGREES = 1;
        private static final byte OTHER = 2;
        private static final int NONE = -1;

        private final Side source;
        private final Side target;

        /** Starts of the source's entries, in the order of the file. */
        private final int[] starts;

        /** State of each entry. */
        private final byte[] states;

        /** Open addressing by the id: places in {@link #starts}, and {@link #NONE}. */
        private final int[] slots;

        /** The entries of a part as {@link SpillFile.Entry} writes them. */
        private static final class Side {
            final byte[] bytes;
            final ByteBuffer buffer;

            Side(byte[] bytes) {
                this.bytes = bytes;
                this.buffer = ByteBuffer.wrap(bytes);
            }

            int end() {
                return bytes.length;
            }

            int next(int at) {
                return at + buffer.getInt(at);
            }

            /** Returns the position after the id. */
            int content(int at) {
                return at + SpillFile.Entry.HEAD_BYTES + buffer.getInt(at + Integer.BYTES);
            }

            SpillFile.Entry entry(int at) {
                return SpillFile.Entry.read(buffer.position(at));
            }
        }

        private int targetEntries;
        private int rows;

        EqualRowFilter(byte[] source, byte[] target) {
            this.source = new Side(source);
            this.target = new Side(target);
            this.starts = starts(this.source);
            this.states = new byte[starts.length];
            this.slots = new int[Integer.highestOneBit(Math.max(1, starts.length)) * 4];
            Arrays.fill(slots, NONE);
            for (int entry = 0; entry < starts.length; entry++) {
                place(entry);
            }
            for (int at = 0; at < target.length; at = this.target.next(at)) {
                targetEntries++;
                meet(at);
            }
        }

        /** How many they are. */
        public int rows() {
            return rows;
        }

        void otherSource(Consumer<SpillFile.Entry> entries) {
            if (rows == starts.length) {
                return;
            }
            for (int start : starts) {
                if (!agrees(source, start)) {
                    entries.accept(source.entry(start));
                }
            }
        }

        void otherTarget(Consumer<SpillFile.Entry> entries) {
            if (rows == targetEntries) {
                return;
            }
            for (int at = 0; at < target.end(); at = target.next(at)) {
                if (!agrees(target, at)) {
                    entries.accept(target.entry(at));
                }
            }
        }

        private void place(int entry) {
            int slot = slot(source, starts[entry]);
            if (slots[slot] == NONE) {
                slots[slot] = entry;
            } else {
                states[slots[slot]] = OTHER;
            }
        }

        private void meet(int at) {
            int entry = slots[slot(target, at)];
            if (entry == NONE) {
                return;
            }
            if (states[entry] == AGREES) {
                rows--;
            }
            boolean agrees = states[entry] == UNSEEN && sameHash(starts[entry], at);
            states[entry] = agrees ? AGREES : OTHER;
            rows += agrees ? 1 : 0;
        }

        private boolean agrees(Side side, int at) {
            int entry = slots[slot(side, at)];
            return entry != NONE && states[entry] == AGREES;
        }

        private boolean sameHash(int sourceAt, int targetAt) {
            int one = source.content(sourceAt);
            int other = target.content(targetAt);
            int bytes = 1 + SpillFile.Entry.HASH_BYTES;
            return source.bytes[one] == SpillFile.Entry.HASHED
                    && Arrays.equals(source.bytes, one, one + bytes, target.bytes, other, other + bytes);
        }

        /** Returns the slot of the id, or the free one where it belongs. */
        private int slot(Side side, int at) {
            int from = at + SpillFile.Entry.HEAD_BYTES;
            int to = side.content(at);
            int slot = hash(side.bytes, from, to) & (slots.length - 1);
            while (slots[slot] != NONE && !isId(starts[slots[slot]], side.bytes, from, to)) {
                slot = (slot + 1) & (slots.length - 1);
            }
            return slot;
        }

        private boolean isId(int sourceAt, byte[] id, int from, int to) {
            return Arrays.equals(
                    source.bytes, sourceAt + SpillFile.Entry.HEAD_BYTES, source.content(sourceAt), id, from, to);
        }

        private static int hash(byte[] bytes, int from, int to) {
            int hash = 1;
            for (int i = from; i < to; i++) {
                hash = 31 * hash + bytes[i];
            }
            hash *= 0x9E37_79B9;
            return hash ^ (hash >>> 15);
        }

        private static int[] starts(Side side) {
            int[] starts = new int[1_024];
            int size = 0;
            for (int at = 0; at < side.end(); at = side.next(at)) {
                if (size == starts.length) {
                    starts = Arrays.copyOf(starts, 2 * size);
                }
                starts[size++] = at;
            }
            return Arrays.copyOf(starts, size);
        }
    }

    /** Work of another thread, waited for. */
    public static final class BackgroundTask {
        private BackgroundTask() {}

        /** Returns the result of the work, or throws its failure in this thread. */
        public static <T> T of(Future<T> work) {
            try {
                return work.get();
            } catch (ExecutionException e) {
                throw failure(Objects.requireNonNullElse(e.getCause(), e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted in a verification", e);
            }
        }

        /** Returns the failure as one to report to the user. */
        static FerryException failure(Throwable cause) {
            return FerryException.unexpected("the verification", cause);
        }
    }
}
