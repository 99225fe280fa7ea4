package io.vectorferry.stream;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StreamProgress;
import io.vectorferry.stream.join.ReferenceCountListener;
import io.vectorferry.stream.join.state.JoinStores.ReferenceCounts;
import io.vectorferry.stream.state.PartitionCounters.StreamCounts;
import io.vectorferry.stream.state.PartitionCounters.StreamProgressListener;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Publishes the partitions' counts to {@code control}. One message per partition, from the process that owns it: the sum over all
 * of them is the pipeline's, also after partitions have moved to another process.
 */
final class StreamProgressBoard implements StreamProgressListener, ReferenceCountListener {
    private final ConcurrentHashMap<Integer, StreamCounts> changes = new ConcurrentHashMap<>();
    /** Called first when a partition opens, so that none is published without it. */
    private final ConcurrentHashMap<Integer, ReferenceCounts> references = new ConcurrentHashMap<>();

    private final ConcurrentHashMap<Integer, Counted> published = new ConcurrentHashMap<>();

    private record Counted(StreamCounts changes, ReferenceCounts references) {}

    @Override
    public void counted(int partition, StreamCounts counts) {
        changes.put(partition, counts);
    }

    @Override
    public void joined(int partition, ReferenceCounts counts) {
        references.put(partition, counts);
    }

    void publishTo(ControlPublisher publisher) {
        changes.forEach((partition, ofChanges) -> {
            Counted counts = new Counted(ofChanges, references.getOrDefault(partition, ReferenceCounts.ZERO));
            if (!counts.equals(published.get(partition))) {
                String instance = Integer.toString(partition);
                // A progress that is lost is replaced by the next one.
                Future<RecordMetadata> unused = publisher.send(ControlKey.stream(instance), message(instance, counts));
                published.put(partition, counts);
            }
        });
    }

    private static Control message(String instance, Counted counts) {
        return Control.newBuilder()
                .setStreamProgress(StreamProgress.newBuilder()
                        .setInstance(instance)
                        .setNoops(counts.changes().noops())
                        .setStale(counts.changes().stale())
                        .setDeadLetters(counts.changes().deadLetters())
                        .setOrphanReferences(counts.references().orphanReferences())
                        .setUnreferencedVectors(counts.references().unreferencedVectors())
                        .setUpdatedMicros(Micros.now()))
                .build();
    }
}
