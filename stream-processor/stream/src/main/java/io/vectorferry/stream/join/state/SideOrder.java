package io.vectorferry.stream.join.state;

import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.util.List;
import java.util.Optional;

/** The order of one side's rows by its own positions: what is older or equal is dropped. */
public final class SideOrder {
    private static final SourceKey FLOOR = new SourceKey("", List.of());

    private final SideStore store;

    public SideOrder(SideStore store) {
        this.store = store;
    }

    public boolean admits(SourceKey key, SourcePosition position) {
        boolean aboveFloor = floor().filter(floor -> floor.isAfter(position)).isEmpty();
        return aboveFloor
                && store.get(Kind.ROW, key)
                        .map(SideOrder::positionOf)
                        .filter(last -> !position.isAfter(last))
                        .isEmpty();
    }

    /** Raises the floor: what is older is stale; false when it is not higher. */
    boolean raise(SourcePosition to) {
        if (floor().filter(floor -> !to.isAfter(floor)).isPresent()) {
            return false;
        }
        store.put(Kind.FLOOR, FLOOR, new Change.Delete(to, 0));
        return true;
    }

    /** Whether no row of the snapshot of its generation is still to come, or would be admitted. */
    boolean isBehindSnapshotOf(SourcePosition position) {
        SourcePosition snapshot = SourcePosition.snapshot(position.generation());
        return floor().filter(floor -> !snapshot.isAfter(floor)).isPresent();
    }

    private Optional<SourcePosition> floor() {
        return store.get(Kind.FLOOR, FLOOR).map(SideOrder::positionOf);
    }

    public static SourcePosition positionOf(Change change) {
        return switch (change) {
            case Change.Upsert upsert -> upsert.position();
            case Change.Delete delete -> delete.position();
            case Change.Truncate truncate -> truncate.position();
            case Change.Redrive redrive -> redrive.position();
            case Change.SnapshotComplete complete -> SourcePosition.snapshot(complete.generation());
            case Change.BarrierMark mark -> throw new IllegalArgumentException("a barrier has no position");
        };
    }
}
