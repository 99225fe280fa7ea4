package io.vectorferry.control.verify;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** The rows that went through the pipeline since some moment: each has to be looked at, and no other is. In bounded memory, like a full comparison. */
record TouchedComparison(
        SourceSide source, TouchedRows touched, VerificationOptions options, VerificationProgress progress)
        implements Comparison {
    /** Never equal, so that every id comes out. */
    private static final RowHash CHANGED = new RowHash(0, 0);

    private static final RowHash WRITTEN = new RowHash(0, 1);

    @Override
    public List<Suspect> compare(Path directory, Tally tally, Consumer<Suspect> suspects) {
        try (Spill changed = new Spill(directory, "changed", 0);
                Spill written = new Spill(directory, "written", 0)) {
            touched.read(
                    keys -> source.suspects(keys).forEach(row -> {
                        changed.add(new SpilledEntry(row.id(), row.keys().getFirst(), new Content.Hashed(CHANGED)));
                        progress.source().incrementAndGet();
                    }),
                    ids -> ids.forEach(id -> {
                        written.add(SpilledEntry.ofTarget(id, WRITTEN));
                        progress.target().incrementAndGet();
                    }));
            changed.end();
            written.end();
            // Its tally is of no use: every row is counted when it has settled.
            new KeyedDifference(directory, options.partBytes(), new Tally(), suspects).compare(changed, written);
            return DrawnRows.of(changed, options.sample(), options.seed());
        }
    }
}
