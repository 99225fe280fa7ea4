package io.vectorferry.stream.order;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.stream.state.CollectionState;
import io.vectorferry.stream.state.CollectionState.Sweep;
import io.vectorferry.stream.state.PartitionCounters;
import io.vectorferry.stream.state.RowState;
import io.vectorferry.stream.state.StateStores;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The rules that span the keys of a collection: truncation, sweep, and forgetting. What concerns many keys is done in
 * steps, with commits between them: a transaction that takes longer than the broker's limit is aborted and would start
 * again forever. The progress of a sweep is part of the state, so it resumes after a kill. Later changes pass
 * meanwhile, since each key is judged by its own position; a barrier waits, since it says that all before it is done.
 */
public final class CollectionOrder implements AutoCloseable {
    /** Number of keys per step: a fraction of a second, even if every key is deleted. */
    public static final int STEP_KEYS = 5_000;

    /** Other records come to their turn, and commits, in between. */
    private static final Duration STEP_EVERY = Duration.ofMillis(10);

    private final ProcessorContext<Object, Object> context;
    private final KeyValueStore<Bytes, RowState> rows;
    private final KeyValueStore<String, CollectionState> collections;
    private final ReplicationOutput outputs;
    private final PartitionCounters counters;

    /** The collections that are being swept. */
    private final TreeSet<String> sweeping = new TreeSet<>();

    /**
     * The key at which forgetting continues; null if it is not running. It is not stored: a restart waits for the next
     * time.
     */
    private @Nullable Bytes pruneFrom;

    private @Nullable Cancellable steps;

    CollectionOrder(ProcessorContext<Object, Object> context, ReplicationOutput outputs, PartitionCounters counters) {
        this.context = context;
        this.rows = context.getStateStore(StateStores.ROWS);
        this.collections = context.getStateStore(StateStores.COLLECTIONS);
        this.outputs = outputs;
        this.counters = counters;
        try (KeyValueIterator<String, CollectionState> all = collections.all()) {
            all.forEachRemaining(entry -> entry.value.sweep().ifPresent(sweep -> sweeping.add(entry.key)));
        }
        goOn();
    }

    /** Returns the floor: older changes are stale, also for an unknown key. */
    SourcePosition floor(String collection) {
        return state(collection).floor();
    }

    void truncate(Change.Truncate truncate, long nowMillis) {
        CollectionState state = state(truncate.collection());
        if (!truncate.position().isAfter(state.floor())) {
            counters.stale();
            return;
        }
        begin(truncate.collection(), state.truncatedAt(truncate.position(), first(truncate.collection())), nowMillis);
    }

    void snapshotComplete(Change.SnapshotComplete complete, long nowMillis) {
        CollectionState state = state(complete.collection());
        if (complete.generation() <= state.completeGeneration()) {
            counters.stale();
            return;
        }
        begin(complete.collection(), state.completed(complete.generation(), first(complete.collection())), nowMillis);
    }

    public void barrier(Barrier barrier) {
        if (sweeping.isEmpty()) {
            outputs.barrier(barrier);
        }
        sweeping.forEach(
                collection -> collections.put(collection, state(collection).holding(barrier)));
    }

    /** Forgets deletions that no row still to come can be older than: {@code changes} no longer holds one, and the snapshot is over. */
    void prune(long nowMillis) {
        if (pruneFrom == null) {
            pruneFrom = Bytes.wrap(new byte[0]);
            pruneStep(nowMillis);
            goOn();
        }
    }

    /** A row that a sweep has not come to yet must not keep its id from a row of another collection. */
    void sweepNamesakes(SourceKey key) {
        for (String collection : sweeping) {
            SourceKey namesake = new SourceKey(collection, key.parts());
            Bytes bytes = keyBytes(namesake);
            @Nullable RowState row = rows.get(bytes);
            Optional<Sweep> sweep = state(collection).sweep();
            if (row != null && sweep.isPresent()) {
                delete(bytes, row, sweep.get().older(), context.currentSystemTimeMs());
            }
        }
    }

    private void begin(String collection, CollectionState state, long nowMillis) {
        collections.put(collection, state);
        sweeping.add(collection);
        sweepStep(collection, nowMillis);
        goOn();
    }

    private void step(long nowMillis) {
        if (!sweeping.isEmpty()) {
            sweepStep(sweeping.first(), nowMillis);
        } else if (pruneFrom != null) {
            pruneStep(nowMillis);
        }
        goOn();
    }

    /** Steps are called for only as long as there is something to do. */
    private void goOn() {
        boolean isBusy = !sweeping.isEmpty() || pruneFrom != null;
        if (isBusy && steps == null) {
            steps = context.schedule(STEP_EVERY, PunctuationType.WALL_CLOCK_TIME, this::step);
        } else if (!isBusy) {
            close();
        }
    }

    private void sweepStep(String collection, long nowMillis) {
        CollectionState state = state(collection);
        Sweep sweep = state.sweep().orElseThrow();
        Bytes prefix = first(collection);
        @Nullable Bytes next;
        try (KeyValueIterator<Bytes, RowState> keys = rows.range(sweep.from(), behind(prefix))) {
            next = visit(keys, row -> {
                if (!startsWith(row.key, prefix)) {
                    return false; // the end of the range belongs to it
                }
                delete(row.key, row.value, sweep.older(), nowMillis);
                return true;
            });
        }
        if (next != null) {
            collections.put(collection, state.with(Optional.of(sweep.at(next))));
            return;
        }
        collections.put(collection, state.with(Optional.empty()));
        sweeping.remove(collection);
        Barrier held = sweep.held();
        boolean isHeldOn = sweeping.stream()
                .map(other -> state(other).sweep())
                .flatMap(Optional::stream)
                .anyMatch(other -> other.held() != null);
        if (held != null && !isHeldOn) {
            outputs.barrier(held);
        }
    }

    private void delete(Bytes keyBytes, RowState state, SourcePosition older, long nowMillis) {
        if (state.status() == RowState.Status.DELETED || !older.isAfter(state.position())) {
            return;
        }
        if (state.inTarget()) {
            SourceKey key = Codecs.SOURCE_KEY.decode(keyBytes.get());
            outputs.tombstone(key);
            outputs.unmapped(key);
        }
        rows.put(keyBytes, RowState.deleted(older, nowMillis));
    }

    private void pruneStep(long nowMillis) {
        long oldestMillis = nowMillis - Topics.CHANGES_RETENTION.toMillis();
        try (KeyValueIterator<Bytes, RowState> all = rows.range(pruneFrom, null)) {
            pruneFrom = visit(all, row -> {
                RowState state = row.value;
                if (state.status() == RowState.Status.DELETED
                        && state.deletedMillis() < oldestMillis
                        && snapshotIsOver(row.key, state.position())) {
                    rows.delete(row.key);
                }
                return true;
            });
        }
    }

    /** Returns the first key that was not visited; null when none is left, or the visitor wants no more. */
    private static @Nullable Bytes visit(
            KeyValueIterator<Bytes, RowState> keys, Predicate<KeyValue<Bytes, RowState>> visitor) {
        for (int visited = 0; keys.hasNext(); visited++) {
            if (visited == STEP_KEYS) {
                return keys.peekNextKey();
            }
            if (!visitor.test(keys.next())) {
                return null;
            }
        }
        return null;
    }

    private boolean snapshotIsOver(Bytes key, SourcePosition position) {
        String collection = Codecs.SOURCE_KEY.decode(key.get()).collection();
        return state(collection).completeGeneration() >= position.generation();
    }

    private CollectionState state(String collection) {
        CollectionState state = collections.get(collection);
        return state == null ? CollectionState.UNKNOWN : state;
    }

    /** Returns the common prefix of the collection's keys. */
    private static Bytes first(String collection) {
        return keyBytes(new SourceKey(collection, List.of()));
    }

    /** The least that is greater than all that begin so; a key begins with the tag of its collection, which can grow. */
    private static Bytes behind(Bytes prefix) {
        byte[] bytes = prefix.get();
        int last = bytes.length - 1;
        while (bytes[last] == (byte) 0xFF) {
            last--;
        }
        byte[] behind = Arrays.copyOf(bytes, last + 1);
        behind[last]++;
        return Bytes.wrap(behind);
    }

    private static boolean startsWith(Bytes key, Bytes prefix) {
        byte[] bytes = key.get();
        int length = prefix.get().length;
        return bytes.length >= length && Arrays.equals(bytes, 0, length, prefix.get(), 0, length);
    }

    private static Bytes keyBytes(SourceKey key) {
        return Bytes.wrap(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
    }

    /** A task that Streams revives keeps its schedules and is given new ones. */
    @Override
    public void close() {
        if (steps != null) {
            steps.cancel();
            steps = null;
        }
    }
}
