package io.vectorferry.stream.join.state;

import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.util.List;

/** Whether every vector of the newest generation that was seen has been read: until then one that is missing may just not have been. */
public final class VectorSnapshotCompletion {
    private static final SourceKey SEEN = new SourceKey("seen", List.of(new Value.Whole(0)));
    private static final SourceKey COMPLETE = new SourceKey("complete", List.of(new Value.Whole(0)));
    private static final int NONE = -1;

    private final SideStore store;
    private int seen;

    public VectorSnapshotCompletion(SideStore store) {
        this.store = store;
        this.seen = generation(SEEN);
    }

    public void seen(int generation) {
        if (generation > seen) {
            seen = generation;
            put(SEEN, generation);
        }
    }

    /** Returns whether it is the first. */
    public boolean complete(int generation) {
        int before = generation(COMPLETE);
        if (generation > before) {
            put(COMPLETE, generation);
        }
        return before == NONE;
    }

    public boolean areComplete() {
        int complete = generation(COMPLETE);
        return complete != NONE && complete >= seen;
    }

    private int generation(SourceKey of) {
        return store.get(Kind.GENERATION, of)
                .filter(Change.SnapshotComplete.class::isInstance)
                .map(change -> ((Change.SnapshotComplete) change).generation())
                .orElse(NONE);
    }

    private void put(SourceKey of, int generation) {
        store.put(Kind.GENERATION, of, new Change.SnapshotComplete("", generation));
    }
}
