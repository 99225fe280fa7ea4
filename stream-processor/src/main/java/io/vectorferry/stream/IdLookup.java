package io.vectorferry.stream;

import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** Point look-ups in the state of the partitions that this process has; never a scan. Only rows in the target are found. Safe for any thread. */
final class IdLookup {
    /** A row that is in the target. */
    record Found(SourceKey source, TargetKey target) {}

    private final KafkaStreams streams;
    private final IdAssignment ids;

    IdLookup(KafkaStreams streams, IdAssignment ids) {
        this.streams = streams;
        this.ids = ids;
    }

    /** The partitions that this process answers for. */
    List<Integer> partitions() {
        return streams.metadataForLocalThreads().stream()
                .flatMap(thread -> thread.activeTasks().stream())
                .map(task -> task.taskId().partition())
                .sorted()
                .toList();
    }

    Optional<Found> byKey(SourceKey key) {
        Bytes bytes = IdBytes.of(key);
        RowState row = this.<RowState>store(StateStores.ROWS).get(bytes);
        if (row == null || !row.inTarget()) {
            return Optional.empty();
        }
        return switch (ids.policy()) {
            case PRESERVE, UUID5 ->
                Optional.of(new Found(key, TargetIds.by(ids.policy()).of(key)));
            case ALLOCATE ->
                Optional.ofNullable(this.<Long>store(IdStores.IDS).get(bytes))
                        .map(id -> new Found(key, new TargetKey(key.collection(), new TargetKey.NumberId(id))));
        };
    }

    /** Of a policy whose ids lead back to no key by themselves. */
    Optional<Found> byId(TargetKey.Id id) {
        return switch (ids.policy()) {
            case PRESERVE -> throw new IllegalArgumentException("a preserved id is looked up by its key");
            case UUID5, ALLOCATE -> {
                Bytes key = this.<Bytes>store(IdStores.KEYS_BY_ID).get(IdBytes.of(id));
                yield key == null ? Optional.empty() : byKey(Codecs.SOURCE_KEY.decode(key.get()));
            }
        };
    }

    private <V> ReadOnlyKeyValueStore<Bytes, V> store(String name) {
        return streams.store(StoreQueryParameters.fromNameAndType(name, QueryableStoreTypes.<Bytes, V>keyValueStore()));
    }
}
