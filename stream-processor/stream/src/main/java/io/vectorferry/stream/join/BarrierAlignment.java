package io.vectorferry.stream.join;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.state.SideStore;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Passes a barrier on once everything committed before it has arrived on every path into this partition: the vectors',
 * and the documents' from each partition of {@code changes}. A later barrier on a path replaces the earlier one.
 */
final class BarrierAlignment {
    static final SourceKey VECTORS = ReferenceKeys.mark(-1);
    private static final SourceKey PASSED = new SourceKey("passed", List.of(new Value.Whole(0)));
    private static final SourceKey ANY_WAY = new SourceKey("", List.of());

    private final SideStore store;
    private final int ways;
    private long newestSequence;

    BarrierAlignment(SideStore store, int partitions) {
        this.store = store;
        this.ways = partitions + 1;
        this.newestSequence =
                newest().stream().mapToLong(Barrier::sequence).max().orElse(0);
    }

    /** Returns the greatest sequence of all barriers that have arrived. */
    long newestSequence() {
        return newestSequence;
    }

    /** The newest barrier that has now come on every way, unless it was let through before. */
    Optional<Barrier> passed(SourceKey way, Barrier barrier) {
        newestSequence = Math.max(newestSequence, barrier.sequence());
        boolean isOlder = store.get(Kind.BARRIER, way)
                .map(BarrierAlignment::barrier)
                .filter(last -> last.sequence() > barrier.sequence())
                .isPresent();
        if (isOlder) {
            return Optional.empty(); // a restart of the producer lets it come again
        }
        store.put(Kind.BARRIER, way, new Change.BarrierMark(barrier));
        List<Barrier> newest = newest();
        if (newest.size() < ways) {
            return Optional.empty();
        }
        Barrier oldest =
                newest.stream().min(Comparator.comparingLong(Barrier::sequence)).orElseThrow();
        Change through = new Change.BarrierMark(oldest);
        if (store.get(Kind.JOINED, PASSED).filter(through::equals).isPresent()) {
            return Optional.empty();
        }
        store.put(Kind.JOINED, PASSED, through);
        return Optional.of(oldest);
    }

    /** Returns the newest barrier of each path. */
    private List<Barrier> newest() {
        return store.under(Kind.BARRIER, ANY_WAY).stream()
                .map(BarrierAlignment::barrier)
                .toList();
    }

    private static Barrier barrier(Change kept) {
        if (kept instanceof Change.BarrierMark(Barrier barrier)) {
            return barrier;
        }
        throw new IllegalStateException("a way keeps its newest barrier");
    }
}
