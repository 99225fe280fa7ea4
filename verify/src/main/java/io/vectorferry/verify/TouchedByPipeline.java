package io.vectorferry.verify;

import io.vectorferry.contracts.kafka.TopicKeys;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.verify.diff.TouchedRows;
import io.vectorferry.verify.source.ChangedRowTopics;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * The rows of some collections in a pipeline's topics: those that were changed, and those that were written, since a truncation or a sweep
 * changes rows without naming them.
 */
record TouchedByPipeline(TopicKeys since, ChangedRowTopics topics, List<String> collections) implements TouchedRows {
    TouchedByPipeline {
        collections = List.copyOf(collections);
    }

    @Override
    public void read(Consumer<Collection<SourceKey>> changed, Consumer<Collection<TargetKey.Id>> written) {
        topics.changed().forEach(named -> since.read(named.topic(), keys -> changed.accept(named.rows(keys))));
        since.read(topics.topics().records(), keys -> written.accept(ids(keys)));
    }

    private List<TargetKey.Id> ids(Collection<RecordKey> keys) {
        return keys.stream()
                .filter(RecordKey.OfRow.class::isInstance)
                .map(key -> ((RecordKey.OfRow) key).key())
                .filter(key -> collections.contains(key.collection()))
                .map(TargetKey::id)
                .toList();
    }
}
