package io.vectorferry.stream;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.CodecSerializer;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.rules.ids.SharedTables;
import io.vectorferry.stream.ids.IdStores;
import io.vectorferry.stream.join.JoinTopology;
import io.vectorferry.stream.join.ReferenceCountListener;
import io.vectorferry.stream.order.ReplicationOutput;
import io.vectorferry.stream.order.ReplicationOutput.PartitionedKey;
import io.vectorferry.stream.order.ReplicationProcessor;
import io.vectorferry.stream.state.PartitionCounters.StreamProgressListener;
import io.vectorferry.stream.state.StateStores;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * {@code changes} → one processor → {@code records}, {@code id-map} and {@code dead-letters}, partition by partition;
 * if documents refer to vectors, their join comes first.
 */
public final class ReplicationTopology {
    private static final String SOURCE = "changes-source";
    private static final String PROCESSOR = "replication";

    private ReplicationTopology() {}

    /** @throws io.vectorferry.contracts.FerryException of kind MISCONFIGURED when a transform or the id policy cannot be */
    public static Topology build(PipelineConfig config, Topics topics) {
        return build(
                config,
                topics,
                new IdRule(config.ids(), SharedTables.NONE),
                StreamProgressListener.NONE,
                ReferenceCountListener.NONE);
    }

    public static Topology build(
            PipelineConfig config,
            Topics topics,
            IdRule ids,
            StreamProgressListener progress,
            ReferenceCountListener references) {
        TargetRules rules = new TargetRules(config);
        Topology topology = new Topology();
        topology.addSource(
                AutoOffsetReset.earliest(),
                SOURCE,
                new UsePartitionTimeOnInvalidTimestamp(),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer(),
                topics.changes().name());
        String changes = DocumentJoin.of(config)
                .map(join -> {
                    JoinTopology.addTo(topology, SOURCE, PROCESSOR, join, topics, references);
                    return JoinTopology.JOIN;
                })
                .orElse(SOURCE);
        topology.addProcessor(
                PROCESSOR,
                supplier(ids, () -> new ReplicationProcessor(rules, config.refusedUpdates(), ids, progress)),
                changes);
        topology.addSink(
                ReplicationOutput.RECORDS,
                topics.records().name(),
                routedKey(topics.records().keys()),
                new ByteArraySerializer(),
                samePartition(),
                PROCESSOR);
        topology.addSink(
                ReplicationOutput.ID_MAP,
                topics.idMap().name(),
                routedKey(topics.idMap().keys()),
                new CodecSerializer<>(topics.idMap().values()),
                samePartition(),
                PROCESSOR);
        topology.addSink(
                ReplicationOutput.DEAD_LETTERS,
                topics.deadLetters().name(),
                new ByteArraySerializer(),
                new CodecSerializer<>(topics.deadLetters().values()),
                PROCESSOR);
        return topology;
    }

    private static ProcessorSupplier<byte[], byte[], Object, Object> supplier(
            IdRule ids, java.util.function.Supplier<Processor<byte[], byte[], Object, Object>> processors) {
        return new ProcessorSupplier<>() {
            @Override
            public Processor<byte[], byte[], Object, Object> get() {
                return processors.get();
            }

            @Override
            public Set<StoreBuilder<?>> stores() {
                Set<StoreBuilder<?>> stores = new HashSet<>(StateStores.all());
                stores.addAll(IdStores.of(ids));
                return stores;
            }
        };
    }

    private static <K> Serializer<PartitionedKey<K>> routedKey(Codec<K> codec) {
        return (topic, routed) -> codec.encode(
                Objects.requireNonNull(routed, "a routed record has a key").key());
    }

    private static <K, V> StreamPartitioner<PartitionedKey<K>, V> samePartition() {
        return (topic, routed, value, partitions) -> Optional.of(Set.of(routed.partition()));
    }
}
