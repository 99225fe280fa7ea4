package io.vectorferry.app.verify;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Looks through {@code id-map} for the keys of some ids. What stands in memory is what is looked for. */
record MappedIds(KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic) {

    /** The key that had the id last. */
    Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
        Set<TargetKey.Id> wanted = Set.copyOf(ids);
        Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
        if (!wanted.isEmpty()) {
            try (IdMapTail tail = new IdMapTail(kafka, topic)) {
                tail.read((key, id) -> {
                    if (wanted.contains(id)) {
                        keys.put(id, List.of(key));
                    }
                });
            }
        }
        return keys;
    }
}
