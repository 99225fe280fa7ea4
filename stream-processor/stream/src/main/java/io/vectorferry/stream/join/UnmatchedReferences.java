package io.vectorferry.stream.join;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.stream.join.OrphanReferences.OrphanLetters;
import io.vectorferry.stream.join.state.JoinStores.ReferenceCounts;
import io.vectorferry.stream.join.state.JoinStores.UnmatchedCounts;
import io.vectorferry.stream.join.state.SideStore;
import io.vectorferry.stream.join.state.SideStore.Kind;
import io.vectorferry.stream.join.state.VectorSnapshotCompletion;

/** References without a vector, which become dead letters, and vectors without a reference, which are counted. */
final class UnmatchedReferences {
    /** A barrier waits for no more letters than these; the others come with the next ones. */
    private static final int MAX_LETTERS_A_BARRIER = 1_000;

    private static final Change MARK = new Change.Delete(SourcePosition.snapshot(0), 0);

    private final SideStore store;
    private final OrphanReferences orphans;
    private final OrphanLetters letters;
    private final UnmatchedCounts count;
    private final VectorSnapshotCompletion snapshots;

    UnmatchedReferences(
            SideStore store,
            OrphanReferences orphans,
            OrphanLetters letters,
            UnmatchedCounts count,
            VectorSnapshotCompletion snapshots) {
        this.store = store;
        this.orphans = orphans;
        this.letters = letters;
        this.count = count;
        this.snapshots = snapshots;
    }

    VectorSnapshotCompletion snapshots() {
        return snapshots;
    }

    ReferenceCounts now() {
        return count.now();
    }

    /** A reference whose vector is not there. */
    void missing(SourceKey reference, OrphanReferences.Since since) {
        orphans.add(reference, since);
    }

    /** Its vector came, or it was removed itself. */
    void settled(SourceKey reference) {
        if (orphans.remove(reference)) {
            count.orphans(-1);
            letters.withdraw(reference);
        }
    }

    void vectorCame(SourceKey vector) {
        orphans.under(vector).forEach(this::settled);
    }

    void vectorWent(SourceKey vector, OrphanReferences.Since since) {
        store.keysUnder(Kind.REFERENCE, vector).forEach(reference -> missing(reference, since));
    }

    void unreferenced(SourceKey vector, boolean is) {
        boolean was = store.get(Kind.UNREFERENCED, vector).isPresent();
        if (is && !was) {
            store.put(Kind.UNREFERENCED, vector, MARK);
            count.unreferenced(1);
        } else if (was && !is) {
            store.delete(Kind.UNREFERENCED, vector);
            count.unreferenced(-1);
        }
    }

    /** Handles a barrier: what was written before it has arrived, once the snapshot of the vectors is complete. */
    void passed(Barrier barrier) {
        if (snapshots.areComplete()) {
            for (SourceKey orphan : orphans.declare(barrier, MAX_LETTERS_A_BARRIER)) {
                count.orphans(1);
                letters.declare(orphan);
            }
        }
    }
}
