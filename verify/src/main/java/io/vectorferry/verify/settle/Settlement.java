package io.vectorferry.verify.settle;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.rules.Expected;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.row.ExpectedRow;
import io.vectorferry.verify.row.FieldDifference.VectorTolerance;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import io.vectorferry.verify.source.ExpectedRows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes lag from loss, as docs/decisions/lag-from-loss.md proves: the source is read, a barrier is waited for,
 * the target is read, and the source again. A row that differs although the source did not change, in the same way in
 * the next round, is a difference. For one thread.
 */
public final class Settlement {

    /** A row that changed in each of so many rounds is left as in flight. */
    private static final int MAX_ROUNDS = 10;

    private static final Comparator<RowHash> BY_BITS =
            Comparator.comparingLong(RowHash::high).thenComparingLong(RowHash::low);

    private final ExpectedRows source;
    private final TargetReader target;
    private final TargetBarriers barriers;
    private final VectorTolerance tolerance;
    private final int maxRounds;
    private final RowHasher hasher = new RowHasher();
    private String position = "";

    public Settlement(ExpectedRows source, TargetReader target, TargetBarriers barriers, VectorTolerance tolerance) {
        this(source, target, barriers, tolerance, MAX_ROUNDS);
    }

    /** @param maxRounds a row that changed in each of so many rounds is left as in flight; at least 2 */
    public Settlement(
            ExpectedRows source,
            TargetReader target,
            TargetBarriers barriers,
            VectorTolerance tolerance,
            int maxRounds) {
        this.source = source;
        this.target = target;
        this.barriers = barriers;
        this.tolerance = tolerance;
        this.maxRounds = maxRounds;
    }

    /** The rows of an id as seen by one round. */
    private record Sight(Map<SourceKey, ExpectedHash> source, List<RowHash> target) {}

    /** The last barrier's, empty before the first. */
    public String position() {
        return position;
    }

    /** @param suspects at most {@link Suspect#MAX_AT_ONCE} */
    public List<Suspect.Settled> settle(Collection<Suspect> suspects) {
        Map<TargetKey.Id, Suspect> pending = new LinkedHashMap<>();
        suspects.forEach(suspect -> pending.put(suspect.id(), suspect));
        Map<TargetKey.Id, Sight> last = new HashMap<>();
        List<Suspect.Settled> outcomes = new ArrayList<>();
        for (int round = 1; round <= maxRounds && !pending.isEmpty(); round++) {
            List<Suspect.Settled> settled = round(pending.values(), last, round == maxRounds);
            settled.forEach(outcome -> pending.remove(outcome.suspect().id()));
            outcomes.addAll(settled);
        }
        return outcomes;
    }

    private List<Suspect.Settled> round(Collection<Suspect> pending, Map<TargetKey.Id, Sight> last, boolean isLast) {
        Map<TargetKey.Id, List<ExpectedRow>> before = read(pending);
        position = barriers.reach();
        Map<TargetKey.Id, List<Row>> rows = stored(pending);
        Map<TargetKey.Id, List<ExpectedRow>> after = read(pending);
        List<Suspect.Settled> settled = new ArrayList<>();
        for (Suspect suspect : pending) {
            List<ExpectedRow> entries = after.getOrDefault(suspect.id(), List.of());
            List<Row> found = rows.getOrDefault(suspect.id(), List.of());
            Sight sight = new Sight(contents(entries), hashes(found));
            boolean stoodStill = sight.source().equals(contents(before.getOrDefault(suspect.id(), List.of())));
            @Nullable Sight previous = stoodStill ? last.put(suspect.id(), sight) : last.remove(suspect.id());
            Verdict verdict = verdict(sight, entries, found);
            if (stoodStill && (!(verdict instanceof Verdict.Different) || sight.equals(previous))) {
                settled.add(new Suspect.Settled(suspect, verdict, entries, found));
            } else if (isLast) {
                settled.add(new Suspect.Settled(suspect, new Verdict.InFlight(), entries, found));
            }
        }
        return settled;
    }

    private Verdict verdict(Sight sight, List<ExpectedRow> entries, List<Row> found) {
        Verdict verdict = Verdict.of(sight.source().values(), sight.target());
        boolean near = verdict.equals(new Verdict.Different(Verdict.Kind.MISMATCHED))
                && entries.stream()
                        .anyMatch(entry -> entry.expected() instanceof Expected.Present(Row row)
                                && tolerance.orAtLeast(target.tolerance()).covers(row, found.getFirst()));
        return near ? new Verdict.Agreed() : verdict;
    }

    private Map<TargetKey.Id, List<ExpectedRow>> read(Collection<Suspect> suspects) {
        Map<TargetKey.Id, List<ExpectedRow>> entries = new HashMap<>();
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

    private Map<SourceKey, ExpectedHash> contents(List<ExpectedRow> entries) {
        Map<SourceKey, ExpectedHash> contents = new HashMap<>();
        entries.forEach(entry -> contents.put(entry.key(), ExpectedHash.of(entry.expected(), hasher)));
        return contents;
    }

    private List<RowHash> hashes(List<Row> rows) {
        return rows.stream().map(hasher::of).sorted(BY_BITS).toList();
    }
}
