package io.vectorferry.verify.diff;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.diff.RowComparison.RowSample;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.RowHasher.RowHash;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.row.Verdict.ExpectedHash;
import io.vectorferry.verify.source.ExpectedRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The rows that went through the pipeline since some moment, each once however often it did; no other row is looked at. In bounded memory, like a
 * full comparison. For one thread.
 */
public final class TouchedComparison implements RowComparison {
    /** Never equal, so that every id comes out of a keyed difference. */
    private static final RowHash CHANGED = new RowHash(0, 0);

    private static final RowHash WRITTEN = new RowHash(0, 1);

    private final ExpectedRows source;
    private final TargetReader target;
    private final TouchedRows touched;
    private final VerificationOptions options;
    private final VerificationProgress progress;
    private final RowHasher hasher = new RowHasher();

    public TouchedComparison(
            ExpectedRows source,
            TargetReader target,
            TouchedRows touched,
            VerificationOptions options,
            VerificationProgress progress) {
        this.source = source;
        this.target = target;
        this.touched = touched;
        this.options = options;
        this.progress = progress;
    }

    @Override
    public List<Suspect> compare(Path directory, VerdictCounts tally, Consumer<Suspect> suspects) {
        try (SpillFile changed = new SpillFile(directory, "changed", 0);
                SpillFile written = new SpillFile(directory, "written", 0);
                SuspectFile rows = new SuspectFile(directory.resolve("touched"))) {
            read(changed, written);
            // Its tally is of no use: a row is counted when it has been looked at.
            new KeyedDifference(directory, options.partBytes(), new VerdictCounts(), rows::add)
                    .compare(changed, written);
            progress.expect(rows.size());
            rows.read(Suspect.MAX_AT_ONCE, some -> lookAt(some, tally, suspects));
            return RowSample.of(changed, options.sample(), options.seed());
        }
    }

    private void read(SpillFile changed, SpillFile written) {
        touched.read(
                keys -> source.suspects(keys)
                        .forEach(row -> changed.add(new SpillFile.Entry(
                                row.id(), row.keys().getFirst(), new ExpectedHash.Hashed(CHANGED)))),
                ids -> ids.forEach(id -> written.add(SpillFile.Entry.ofTarget(id, WRITTEN))));
        changed.end();
        written.end();
    }

    /** Compares some rows: those that are equal at once need no barrier, like those that two scans find equal. */
    private void lookAt(List<Suspect> some, VerdictCounts tally, Consumer<Suspect> suspects) {
        Map<TargetKey.Id, List<ExpectedHash>> expected = new HashMap<>();
        source.fetch(some).forEach(entry -> expected.computeIfAbsent(entry.id(), id -> new ArrayList<>(1))
                .add(ExpectedHash.of(entry.expected(), hasher)));
        progress.source().addAndGet(some.size());
        Map<TargetKey.Id, List<RowHash>> stored = new HashMap<>();
        target.fetch(some.stream().map(Suspect::id).toList(), row -> stored.computeIfAbsent(
                        row.id(), id -> new ArrayList<>(1))
                .add(hasher.of(row.row())));
        progress.target().addAndGet(some.size());
        for (Suspect row : some) {
            List<ExpectedHash> contents = expected.getOrDefault(row.id(), List.of());
            List<RowHash> found = stored.getOrDefault(row.id(), List.of());
            Verdict verdict = Verdict.of(contents, found);
            if (verdict instanceof Verdict.Different) {
                suspects.accept(row);
            } else {
                tally.add(contents, found.size(), verdict);
            }
        }
    }

    /** The rows that a pipeline has processed since a point in time. */
    public interface TouchedRows {
        /**
         * Tells everything that was there when it was called, some of it several times.
         *
         * @param changed rows that the source said something about
         * @param written ids of the table that its sink was given something for
         */
        void read(Consumer<Collection<SourceKey>> changed, Consumer<Collection<TargetKey.Id>> written);
    }
}
