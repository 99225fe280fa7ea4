package io.vectorferry.verify.source;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.rules.ReferenceKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The topics of a pipeline that name the changed rows of its source. If documents are joined to vectors, a row is the
 * joined one.
 */
public record ChangedRowTopics(Topics topics, Optional<DocumentJoin> join) {

    /** @param row the row that a key of the topic names; empty for one that names none */
    public record Named(TopicSpec<SourceKey, Change> topic, Function<SourceKey, Optional<SourceKey>> row) {

        public List<SourceKey> rows(Collection<SourceKey> keys) {
            return keys.stream().flatMap(key -> row.apply(key).stream()).toList();
        }
    }

    public static ChangedRowTopics of(LoadedPipeline pipeline) {
        return new ChangedRowTopics(pipeline.topics(), DocumentJoin.of(pipeline.config()));
    }

    public List<Named> changed() {
        if (join.isEmpty()) {
            return List.of(new Named(topics.changes(), Optional::of));
        }
        // A document's change names its vectors in references only.
        return List.of(
                new Named(topics.changes(), this::ofVector), new Named(topics.references(), ReferenceKeys::joinedRow));
    }

    private Optional<SourceKey> ofVector(SourceKey key) {
        return join.map(DocumentJoin::collection)
                .filter(documents -> !documents.equals(key.collection()))
                .map(documents -> new SourceKey(documents, key.parts()));
    }

    /** Returns these topics and the one that names what was written to the targets. */
    public List<TopicSpec<?, ?>> all() {
        List<TopicSpec<?, ?>> all = new ArrayList<>(List.of(topics.records()));
        changed().forEach(named -> all.add(named.topic()));
        return all;
    }
}
