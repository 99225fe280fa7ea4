package io.vectorferry.stream;

import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/** The rules that span the keys of a collection: truncation, sweep, and forgetting. Each reads the keys one by one, so that memory stays flat. */
final class CollectionRules {
    private final KeyValueStore<Bytes, RowState> rows;
    private final KeyValueStore<String, CollectionState> collections;
    private final Outputs outputs;
    private final Counters counters;

    CollectionRules(
            KeyValueStore<Bytes, RowState> rows,
            KeyValueStore<String, CollectionState> collections,
            Outputs outputs,
            Counters counters) {
        this.rows = rows;
        this.collections = collections;
        this.outputs = outputs;
        this.counters = counters;
    }

    /** What is older is stale, also for a key never seen. */
    SourcePosition floor(String collection) {
        return state(collection).floor();
    }

    void truncate(Change.Truncate truncate, long nowMillis) {
        CollectionState state = state(truncate.collection());
        if (!truncate.position().isAfter(state.floor())) {
            counters.stale();
            return;
        }
        collections.put(truncate.collection(), state.truncatedAt(truncate.position()));
        deleteOlder(truncate.collection(), truncate.position(), nowMillis);
    }

    void snapshotComplete(Change.SnapshotComplete complete, long nowMillis) {
        CollectionState state = state(complete.collection());
        if (complete.generation() <= state.completeGeneration()) {
            counters.stale();
            return;
        }
        collections.put(complete.collection(), state.completed(complete.generation()));
        deleteOlder(complete.collection(), SourcePosition.snapshot(complete.generation()), nowMillis);
    }

    /** Forgets deletions that no row still to come can be older than: {@code changes} no longer holds one, and the snapshot is over. */
    void prune(long nowMillis) {
        long oldestMillis = nowMillis - Topics.CHANGES_RETENTION.toMillis();
        try (KeyValueIterator<Bytes, RowState> all = rows.all()) {
            while (all.hasNext()) {
                KeyValue<Bytes, RowState> row = all.next();
                RowState state = row.value;
                if (state.status() == RowState.Status.DELETED
                        && state.deletedMillis() < oldestMillis
                        && snapshotIsOver(row.key, state.position())) {
                    rows.delete(row.key);
                }
            }
        }
    }

    private void deleteOlder(String collection, SourcePosition position, long nowMillis) {
        Bytes prefix = keyBytes(new SourceKey(collection, List.of()));
        try (KeyValueIterator<Bytes, RowState> keys = rows.prefixScan(prefix, new BytesSerializer())) {
            while (keys.hasNext()) {
                KeyValue<Bytes, RowState> row = keys.next();
                RowState state = row.value;
                if (state.status() == RowState.Status.DELETED || !position.isAfter(state.position())) {
                    continue;
                }
                if (state.inTarget()) {
                    SourceKey key = Codecs.SOURCE_KEY.decode(row.key.get());
                    outputs.tombstone(key);
                    outputs.unmapped(key);
                }
                rows.put(row.key, RowState.deleted(position, nowMillis));
            }
        }
    }

    private boolean snapshotIsOver(Bytes key, SourcePosition position) {
        String collection = Codecs.SOURCE_KEY.decode(key.get()).collection();
        return state(collection).completeGeneration() >= position.generation();
    }

    private CollectionState state(String collection) {
        CollectionState state = collections.get(collection);
        return state == null ? CollectionState.UNKNOWN : state;
    }

    private static Bytes keyBytes(SourceKey key) {
        return Bytes.wrap(Objects.requireNonNull(Codecs.SOURCE_KEY.encode(key), "a key has bytes"));
    }
}
