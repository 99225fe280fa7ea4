package io.vectorferry.stream.join;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.kafka.PrimaryKeyPartitioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.OrphanReferences.OrphanLetters;
import io.vectorferry.stream.join.state.JoinStores;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;

/**
 * A document's change → one record for each of its references, keyed by the vector's key, through {@code references} →
 * where the vector's own changes are → the joined row.
 */
public final class JoinTopology {
    public static final String JOIN = "vector-join";
    private static final String DOCUMENTS = "documents";
    private static final String REFERENCES_SOURCE = "references-source";

    private JoinTopology() {}

    /**
     * Afterwards {@link #JOIN} gives joined changes, keyed and encoded as those of {@code changes}, and barriers.
     *
     * @param next the processor that will take them
     */
    public static void addTo(
            Topology topology,
            String changesSource,
            String next,
            DocumentJoin join,
            Topics topics,
            ReferenceCountListener counts) {
        String references = topics.references().name();
        int partitions = topics.changes().partitions();
        topology.addProcessor(
                DOCUMENTS,
                JoinStores.with(Set.of(JoinStores.documents()), () -> new DocumentProcessor(join)),
                changesSource);
        topology.addSink(
                DocumentProcessor.REFERENCES,
                references,
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                byVectorKey(),
                DOCUMENTS);
        topology.addSource(
                AutoOffsetReset.earliest(),
                REFERENCES_SOURCE,
                new UsePartitionTimeOnInvalidTimestamp(),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                references);
        topology.addProcessor(
                JOIN,
                JoinStores.with(
                        Set.of(JoinStores.sides(), JoinStores.orphans(), JoinStores.counts()),
                        () -> new JoinProcessor(join, references, partitions, next, counts)),
                DOCUMENTS,
                REFERENCES_SOURCE);
        topology.addSink(
                OrphanLetters.SINK,
                topics.deadLetters().name(),
                new ByteArraySerializer(),
                new ByteArraySerializer(),
                JOIN);
    }

    /** Returns the partition of the vector's key; a mark goes to every partition. */
    private static StreamPartitioner<byte[], byte[]> byVectorKey() {
        return (topic, key, value, partitions) -> {
            SourceKey decoded = Codecs.SOURCE_KEY.decode(key);
            return ReferenceKeys.isMark(decoded)
                    ? Optional.of(allOf(partitions))
                    : Optional.of(Set.of(PrimaryKeyPartitioner.partitionOf(
                            ReferenceKeys.bytes(ReferenceKeys.vector(decoded)), partitions)));
        };
    }

    private static Set<Integer> allOf(int partitions) {
        return java.util.stream.IntStream.range(0, partitions)
                .boxed()
                .collect(java.util.stream.Collectors.toUnmodifiableSet());
    }
}
