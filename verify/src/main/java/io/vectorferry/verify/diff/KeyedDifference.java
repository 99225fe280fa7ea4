package io.vectorferry.verify.diff;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.verify.row.ExpectedContent;
import io.vectorferry.verify.row.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** Compares two spills part by part in bounded memory, a few parts at a time. For one thread, which alone tells what it finds. */
public final class KeyedDifference {
    /** Of both sides of a part, as they are in their files; in memory they take about four times that. */
    public static final long PART_BYTES = 16L << 20;

    /** Ids that all have one hash cannot be parted at all. */
    private static final int MAX_LEVEL = 4;

    /** As many threads, and so many parts in memory. */
    private static final int PARTS_AT_ONCE = 2;

    private final Path directory;
    private final long partBytes;
    private final VerdictCounts tally;
    private final Consumer<Suspect> suspects;

    private record Both(List<SpilledEntry> source, List<RowHash> target) {}

    /** @param suspects told of every id that seems to differ */
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
            if (entry.content() instanceof ExpectedContent.Hashed(RowHash hash)) {
                both(ids, entry).target().add(hash);
            }
        });
        ids.forEach(this::judge);
    }

    private static Both both(Map<TargetKey.Id, Both> ids, SpilledEntry entry) {
        return ids.computeIfAbsent(entry.id(), id -> new Both(new ArrayList<>(1), new ArrayList<>(1)));
    }

    private void judge(TargetKey.Id id, Both both) {
        // A scan that was taken over gives some rows twice, the same or changed in between.
        List<SpilledEntry> source = both.source().stream().distinct().toList();
        List<SourceKey> keys = source.stream()
                .map(SpilledEntry::key)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        List<ExpectedContent> contents =
                source.stream().map(SpilledEntry::content).toList();
        Verdict standing = Verdict.of(contents, both.target());
        if (standing instanceof Verdict.Different || keys.size() < source.size()) {
            suspects.accept(new Suspect(id, keys));
        } else {
            tally.add(contents, both.target().size(), standing);
        }
    }
}
