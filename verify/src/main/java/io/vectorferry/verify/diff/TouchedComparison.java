package io.vectorferry.verify.diff;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.verify.row.ExpectedContent;
import io.vectorferry.verify.row.RowHash;
import io.vectorferry.verify.row.RowHasher;
import io.vectorferry.verify.row.Suspect;
import io.vectorferry.verify.row.Verdict;
import io.vectorferry.verify.source.SourceSide;
import java.nio.file.Path;
import java.util.ArrayList;
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

    private final SourceSide source;
    private final TargetReader target;
    private final TouchedRows touched;
    private final VerificationOptions options;
    private final VerificationProgress progress;
    private final RowHasher hasher = new RowHasher();

    public TouchedComparison(
            SourceSide source,
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
                        .forEach(row -> changed.add(new SpilledEntry(
                                row.id(), row.keys().getFirst(), new ExpectedContent.Hashed(CHANGED)))),
                ids -> ids.forEach(id -> written.add(SpilledEntry.ofTarget(id, WRITTEN))));
        changed.end();
        written.end();
    }

    /** Those that are equal at once need no barrier, like those that two scans find equal. */
    private void lookAt(List<Suspect> some, VerdictCounts tally, Consumer<Suspect> suspects) {
        Map<TargetKey.Id, List<ExpectedContent>> expected = new HashMap<>();
        source.fetch(some).forEach(entry -> expected.computeIfAbsent(entry.id(), id -> new ArrayList<>(1))
                .add(ExpectedContent.of(entry.expectation(), hasher)));
        progress.source().addAndGet(some.size());
        Map<TargetKey.Id, List<RowHash>> stored = new HashMap<>();
        target.fetch(some.stream().map(Suspect::id).toList(), row -> stored.computeIfAbsent(
                        row.id(), id -> new ArrayList<>(1))
                .add(hasher.of(row.row())));
        progress.target().addAndGet(some.size());
        for (Suspect row : some) {
            List<ExpectedContent> contents = expected.getOrDefault(row.id(), List.of());
            List<RowHash> found = stored.getOrDefault(row.id(), List.of());
            Verdict standing = Verdict.of(contents, found);
            if (standing instanceof Verdict.Different) {
                suspects.accept(row);
            } else {
                tally.add(contents, found.size(), standing);
            }
        }
    }
}
