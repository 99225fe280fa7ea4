package io.vectorferry.stream;

import io.vectorferry.contracts.control.ControlKey;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StreamProgress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Carries the partitions' counts to {@code control}. One message a partition, whoever processes it: the sum over all of
 * them is the pipeline's, also after partitions have moved to another process.
 */
final class StreamProgressBoard implements StreamProgressListener {
    private final ConcurrentHashMap<Integer, StreamCounts> unpublished = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Integer, StreamCounts> published = new ConcurrentHashMap<>();

    @Override
    public void counted(int partition, StreamCounts counts) {
        if (!counts.equals(published.get(partition))) {
            unpublished.put(partition, counts);
        }
    }

    void publishTo(ControlPublisher publisher) {
        for (int partition : unpublished.keySet()) {
            StreamCounts counts = unpublished.remove(partition);
            if (counts != null) {
                String instance = Integer.toString(partition);
                // A progress that is lost is replaced by the next one.
                Future<RecordMetadata> unused = publisher.send(ControlKey.stream(instance), message(instance, counts));
                published.put(partition, counts);
            }
        }
    }

    private static Control message(String instance, StreamCounts counts) {
        return Control.newBuilder()
                .setStreamProgress(StreamProgress.newBuilder()
                        .setInstance(instance)
                        .setNoops(counts.noops())
                        .setStale(counts.stale())
                        .setDeadLetters(counts.deadLetters())
                        .setUpdatedMicros(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now())))
                .build();
    }
}
