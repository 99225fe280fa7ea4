package io.vectorferry.sink.runner;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.sink.spi.PartitionOffsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a sink stands whose target remembers no offsets: in a consumer group. Its members share the partitions, and one
 * whose partitions went elsewhere cannot commit any more. Beside each offset stand the collections that had a table
 * then, so that a table that has gone meanwhile is filled anew. For one thread.
 */
final class SinkGroup implements ConsumerRebalanceListener {
    /** The partitions went to another process: what was read and not committed is not ours any more. */
    static final class Moved extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final Logger LOG = LoggerFactory.getLogger(SinkGroup.class);
    private static final Duration DEAD_AFTER = Duration.ofSeconds(10);
    private static final Duration LONGEST_WORK = Duration.ofMinutes(15);

    /** Brokers take 4,096 bytes; with more collections the check for gone tables is left out. */
    private static final int MAX_METADATA_CHARS = 1_000;

    private static final String SEPARATOR = "\n";

    private final KafkaConsumer<RecordKey, TargetRecord> consumer;
    private boolean moved;

    SinkGroup(KafkaConnection kafka, Topics topics, String target, int maxPollRecords) {
        consumer = kafka.groupConsumer(
                topics.records(), maxPollRecords, topics.sinkGroup(target), DEAD_AFTER, LONGEST_WORK);
        consumer.subscribe(List.of(topics.records().name()), this);
    }

    KafkaConsumer<RecordKey, TargetRecord> consumer() {
        return consumer;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        moved = true;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        moved = true;
        LOG.info("reads {} partitions of records", consumer.assignment().size());
    }

    /** Once for each time that partitions came or went. */
    boolean takeMoved() {
        boolean was = moved;
        moved = false;
        return was;
    }

    /** What the group has committed for this member's partitions. */
    Map<TopicPartition, OffsetAndMetadata> committed() {
        Map<TopicPartition, OffsetAndMetadata> known = new HashMap<>(consumer.committed(consumer.assignment()));
        known.values().removeIf(java.util.Objects::isNull);
        return known;
    }

    static Set<String> tablesIn(Collection<OffsetAndMetadata> committed) {
        Set<String> tables = new java.util.TreeSet<>();
        committed.forEach(offset -> tables.addAll(List.of(offset.metadata().split(SEPARATOR))));
        tables.remove("");
        return tables;
    }

    /** False when the partitions are another's by now: then nothing that was read since the last commit counts. */
    boolean commit(String topic, PartitionOffsets offsets, Collection<String> tables) {
        String joined = String.join(SEPARATOR, tables);
        String metadata = joined.length() > MAX_METADATA_CHARS ? "" : joined;
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        offsets.next()
                .forEach((partition, offset) ->
                        next.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset, metadata)));
        try {
            consumer.commitSync(next);
            return true;
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.info("the partitions are being shared anew: what was not committed is read again");
            return false;
        }
    }

    /** Remains a member while nothing may be read. */
    void stay() {
        Set<TopicPartition> own = Set.copyOf(consumer.assignment());
        consumer.pause(own);
        ConsumerRecords<RecordKey, TargetRecord> polled = consumer.poll(Duration.ZERO);
        if (moved) {
            // What came with a new assignment is read again when its turn comes.
            polled.partitions()
                    .forEach(partition -> consumer.seek(
                            partition, polled.records(partition).getFirst().offset()));
            throw new Moved();
        }
        consumer.resume(own);
    }
}
