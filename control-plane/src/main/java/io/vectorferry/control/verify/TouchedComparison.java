package io.vectorferry.control.verify;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.spi.TargetReader;
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
final class TouchedComparison implements Comparison {
    /** Never equal, so that every id comes out of a keyed difference. */
    private static final RowHash CHANGED = new RowHash(0, 0);

    private static final RowHash WRITTEN = new RowHash(0, 1);

    private final SourceSide source;
    private final TargetReader target;
    private final TouchedRows touched;
    private final VerificationOptions options;
    private final VerificationProgress progress;
    private final RowHasher hasher = new RowHasher();

    TouchedComparison(
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
    public List<Suspect> compare(Path directory, Tally tally, Consumer<Suspect> suspects) {
        try (Spill changed = new Spill(directory, "changed", 0);
                Spill written = new Spill(directory, "written", 0);
                SuspectFile rows = new SuspectFile(directory.resolve("touched"))) {
            read(changed, written);
            // Its tally is of no use: a row is counted when it has been looked at.
            new KeyedDifference(directory, options.partBytes(), new Tally(), rows::add).compare(changed, written);
            progress.expect(rows.size());
            rows.read(Settlement.MAX_SUSPECTS, some -> lookAt(some, tally, suspects));
            return DrawnRows.of(changed, options.sample(), options.seed());
        }
    }

    private void read(Spill changed, Spill written) {
        touched.read(
                keys -> source.suspects(keys)
                        .forEach(row -> changed.add(
                                new SpilledEntry(row.id(), row.keys().getFirst(), new Content.Hashed(CHANGED)))),
                ids -> ids.forEach(id -> written.add(SpilledEntry.ofTarget(id, WRITTEN))));
        changed.end();
        written.end();
    }

    /** Those that are equal at once need no barrier, like those that two scans find equal. */
    private void lookAt(List<Suspect> some, Tally tally, Consumer<Suspect> suspects) {
        Map<TargetKey.Id, List<Content>> expected = new HashMap<>();
        source.fetch(some).forEach(entry -> expected.computeIfAbsent(entry.id(), id -> new ArrayList<>(1))
                .add(Content.of(entry.expectation(), hasher)));
        progress.source().addAndGet(some.size());
        Map<TargetKey.Id, List<RowHash>> stored = new HashMap<>();
        target.fetch(some.stream().map(Suspect::id).toList(), row -> stored.computeIfAbsent(
                        row.id(), id -> new ArrayList<>(1))
                .add(hasher.of(row.row())));
        progress.target().addAndGet(some.size());
        for (Suspect row : some) {
            List<Content> contents = expected.getOrDefault(row.id(), List.of());
            List<RowHash> found = stored.getOrDefault(row.id(), List.of());
            Standing standing = Standing.of(contents, found);
            if (standing instanceof Standing.Different) {
                suspects.accept(row);
            } else {
                tally.add(contents, found.size(), standing);
            }
        }
    }
}
