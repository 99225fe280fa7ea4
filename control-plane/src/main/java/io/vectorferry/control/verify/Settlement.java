package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells lag from loss, as docs/decisions/lag-from-loss.md proves: the source is read, a barrier is waited for, the target is
 * read, and the source again. What differs though the source stood still, and does so in the same way in the next round, is
 * a difference. For one thread.
 */
final class Settlement {
    /** Read into memory at once, on both sides. */
    static final int MAX_SUSPECTS = 2_000;

    /** A row that changed in each of so many rounds is left as in flight. */
    private static final int MAX_ROUNDS = 10;

    private static final Comparator<RowHash> BY_BITS =
            Comparator.comparingLong(RowHash::high).thenComparingLong(RowHash::low);

    private final SourceSide source;
    private final TargetReader target;
    private final TargetBarriers barriers;
    private final VectorTolerance tolerance;
    private final int maxRounds;
    private final RowHasher hasher = new RowHasher();
    private String position = "";

    Settlement(SourceSide source, TargetReader target, TargetBarriers barriers, VectorTolerance tolerance) {
        this(source, target, barriers, tolerance, MAX_ROUNDS);
    }

    /** @param maxRounds a row that changed in each of so many rounds is left as in flight; at least 2 */
    Settlement(
            SourceSide source, TargetReader target, TargetBarriers barriers, VectorTolerance tolerance, int maxRounds) {
        this.source = source;
        this.target = target;
        this.barriers = barriers;
        this.tolerance = tolerance;
        this.maxRounds = maxRounds;
    }

    /** What one round saw of an id. */
    private record Sight(Map<SourceKey, Content> source, List<RowHash> target) {}

    /** The last barrier's, empty before the first. */
    String position() {
        return position;
    }

    /** @param suspects at most {@link #MAX_SUSPECTS} */
    List<Outcome> settle(Collection<Suspect> suspects) {
        Map<TargetKey.Id, Suspect> pending = new LinkedHashMap<>();
        suspects.forEach(suspect -> pending.put(suspect.id(), suspect));
        Map<TargetKey.Id, Sight> last = new HashMap<>();
        List<Outcome> outcomes = new ArrayList<>();
        for (int round = 1; round <= maxRounds && !pending.isEmpty(); round++) {
            List<Outcome> settled = round(pending.values(), last, round == maxRounds);
            settled.forEach(outcome -> pending.remove(outcome.suspect().id()));
            outcomes.addAll(settled);
        }
        return outcomes;
    }

    private List<Outcome> round(Collection<Suspect> pending, Map<TargetKey.Id, Sight> last, boolean isLast) {
        Map<TargetKey.Id, List<SourceEntry>> before = read(pending);
        position = barriers.reach();
        Map<TargetKey.Id, List<Row>> rows = stored(pending);
        Map<TargetKey.Id, List<SourceEntry>> after = read(pending);
        List<Outcome> settled = new ArrayList<>();
        for (Suspect suspect : pending) {
            List<SourceEntry> entries = after.getOrDefault(suspect.id(), List.of());
            List<Row> found = rows.getOrDefault(suspect.id(), List.of());
            Sight sight = new Sight(contents(entries), hashes(found));
            boolean stoodStill = sight.source().equals(contents(before.getOrDefault(suspect.id(), List.of())));
            @Nullable Sight previous = stoodStill ? last.put(suspect.id(), sight) : last.remove(suspect.id());
            Standing standing = standing(sight, entries, found);
            if (stoodStill && (!(standing instanceof Standing.Different) || sight.equals(previous))) {
                settled.add(new Outcome(suspect, standing, entries, found));
            } else if (isLast) {
                settled.add(new Outcome(suspect, new Standing.InFlight(), entries, found));
            }
        }
        return settled;
    }

    private Standing standing(Sight sight, List<SourceEntry> entries, List<Row> found) {
        Standing standing = Standing.of(sight.source().values(), sight.target());
        boolean near = standing.equals(new Standing.Different(Standing.Kind.MISMATCHED))
                && entries.stream()
                        .anyMatch(entry -> entry.expectation() instanceof Expectation.Present(Row row)
                                && tolerance.covers(row, found.getFirst()));
        return near ? new Standing.Agreed() : standing;
    }

    private Map<TargetKey.Id, List<SourceEntry>> read(Collection<Suspect> suspects) {
        Map<TargetKey.Id, List<SourceEntry>> entries = new HashMap<>();
        source.fetch(suspects).forEach(entry -> entries.computeIfAbsent(entry.id(), id -> new ArrayList<>(1))
                .add(entry));
        return entries;
    }

    private Map<TargetKey.Id, List<Row>> stored(Collection<Suspect> suspects) {
        Map<TargetKey.Id, List<Row>> rows = new HashMap<>();
        target.fetch(suspects.stream().map(Suspect::id).toList(), stored -> rows.computeIfAbsent(
                        stored.id(), id -> new ArrayList<>(1))
                .add(stored.row()));
        return rows;
    }

    private Map<SourceKey, Content> contents(List<SourceEntry> entries) {
        Map<SourceKey, Content> contents = new HashMap<>();
        entries.forEach(entry -> contents.put(entry.key(), Content.of(entry.expectation(), hasher)));
        return contents;
    }

    private List<RowHash> hashes(List<Row> rows) {
        return rows.stream().map(hasher::of).sorted(BY_BITS).toList();
    }
}
