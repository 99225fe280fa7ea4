package io.vectorferry.stream.join.state;

import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the rows of one side that a truncation or a complete snapshot has made stale: in steps, with commits between
 * them, like the rules after the join. Its progress is in the store, so it resumes after a kill. A barrier of the side
 * that arrives meanwhile waits for its end.
 */
public final class SideSweep implements AutoCloseable {
    /** Number of keys per step: rows with their vectors. */
    static final int STEP_KEYS = 1_000;

    private static final Duration STEP_EVERY = Duration.ofMillis(10);
    private static final SourceKey UNDER_WAY = new SourceKey("under way", List.of(new Value.Whole(0)));
    private static final SourceKey FROM = new SourceKey("from", List.of(new Value.Whole(0)));
    private static final SourceKey HELD = new SourceKey("held", List.of(new Value.Whole(0)));

    private final ProcessorContext<?, ?> context;
    private final SideStore store;
    private final SideOrder order;
    private final BiConsumer<SourceKey, Change.Truncate> delete;
    private final Consumer<Barrier> pass;
    private @Nullable Cancellable steps;

    /**
     * @param delete takes each stale key
     * @param pass takes a barrier when all that came before it is done
     */
    public SideSweep(
            ProcessorContext<?, ?> context,
            SideStore store,
            SideOrder order,
            BiConsumer<SourceKey, Change.Truncate> delete,
            Consumer<Barrier> pass) {
        this.context = context;
        this.store = store;
        this.order = order;
        this.delete = delete;
        this.pass = pass;
        goOn();
    }

    /** Begins to delete what is older than the position, unless it was deleted already. */
    public void begin(SourcePosition position, long micros) {
        if (order.raise(position)) {
            store.put(Kind.SWEEP, UNDER_WAY, new Change.Truncate("", position, micros));
            store.delete(Kind.SWEEP, FROM);
            step();
            goOn();
        }
    }

    public void barrier(Barrier barrier) {
        if (underWay().isPresent()) {
            store.put(Kind.SWEEP, HELD, new Change.BarrierMark(barrier));
        } else {
            pass.accept(barrier);
        }
    }

    private void step() {
        Change.Truncate sweep = underWay().orElseThrow();
        SideStore.Older older = store.upsertsOlderThan(Kind.ROW, sweep.position(), from(), STEP_KEYS);
        older.keys().forEach(key -> delete.accept(key, sweep));
        if (older.next().isPresent()) {
            byte[] next = ReferenceKeys.bytes(older.next().get());
            store.put(
                    Kind.SWEEP, FROM, Change.Redrive.ofRepair(sweep.position(), UnsafeByteOperations.unsafeWrap(next)));
            return;
        }
        Optional<Change> held = store.get(Kind.SWEEP, HELD);
        List.of(UNDER_WAY, FROM, HELD).forEach(key -> store.delete(Kind.SWEEP, key));
        if (held.isPresent() && held.get() instanceof Change.BarrierMark(Barrier barrier)) {
            pass.accept(barrier);
        }
    }

    /** Steps are called for only as long as there is something to do. */
    private void goOn() {
        boolean isBusy = underWay().isPresent();
        if (isBusy && steps == null) {
            steps = context.schedule(STEP_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> {
                step();
                goOn();
            });
        } else if (!isBusy) {
            close();
        }
    }

    private Optional<Change.Truncate> underWay() {
        return store.get(Kind.SWEEP, UNDER_WAY)
                .filter(Change.Truncate.class::isInstance)
                .map(Change.Truncate.class::cast);
    }

    /** The key stands where a redriven change would have its content. */
    private Optional<SourceKey> from() {
        return store.get(Kind.SWEEP, FROM)
                .filter(Change.Redrive.class::isInstance)
                .map(from -> Codecs.SOURCE_KEY.decode(
                        ((Change.Redrive) from).original().toByteArray()));
    }

    @Override
    public void close() {
        if (steps != null) {
            steps.cancel();
            steps = null;
        }
    }
}
