package io.vectorferry.sink.runner;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.TargetWrite;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.jspecify.annotations.Nullable;

/** All partitions of {@code records}, read from where the target says. For one thread. */
final class RecordsReader implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 2_000;

    private final KafkaConsumer<RecordKey, TargetRecord> consumer;
    private final List<TopicPartition> partitions = new ArrayList<>();
    private final BiConsumer<TargetWrite.Origin, ByteString> onUnreadable;

    RecordsReader(
            KafkaConnection kafka,
            TopicSpec<RecordKey, TargetRecord> topic,
            BiConsumer<TargetWrite.Origin, ByteString> onUnreadable) {
        this.onUnreadable = onUnreadable;
        consumer = kafka.consumer(topic, MAX_POLL_RECORDS);
        for (int partition = 0; partition < topic.partitions(); partition++) {
            partitions.add(new TopicPartition(topic.name(), partition));
        }
        consumer.assign(partitions);
    }

    /**
     * A partition that the offsets do not name is read from its beginning.
     *
     * @param oldest of the tables that remember any offset; another one has no row that could be a ghost
     */
    void seek(PartitionOffsets offsets, PartitionOffsets oldest, Clock clock) {
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> filled = new HashMap<>();
        for (TopicPartition partition : partitions) {
            @Nullable Long remembered = oldest.next().get(partition.partition());
            if (remembered != null) {
                checkNotAhead(partition, remembered, ends.getOrDefault(partition, 0L));
                filled.put(partition, remembered);
            }
            long start = starts.getOrDefault(partition, 0L);
            @Nullable Long next = offsets.next().get(partition.partition());
            consumer.seek(partition, next == null ? start : Math.max(start, next));
        }
        checkNotTooOld(filled, ends, clock);
    }

    private static void checkNotAhead(TopicPartition partition, long next, long end) {
        if (next > end) {
            throw FerryException.misconfigured(
                    "the target remembers offset %d of %s, which ends at %d: it was filled from another log"
                            .formatted(next, partition, end),
                    "Name another table for this target, or drop that one; or bring the former data directory back.");
        }
    }

    /** Deletions that are older than their tombstones' life may be gone from the log: their rows would stay as ghosts. */
    private void checkNotTooOld(Map<TopicPartition, Long> known, Map<TopicPartition, Long> ends, Clock clock) {
        long cutoff = clock.millis() - Topics.TOMBSTONE_RETENTION.toMillis();
        Map<TopicPartition, Long> wanted = new HashMap<>();
        known.keySet().forEach(partition -> wanted.put(partition, cutoff));
        Map<TopicPartition, @Nullable OffsetAndTimestamp> living = new HashMap<>(consumer.offsetsForTimes(wanted));
        known.forEach((partition, next) -> {
            @Nullable OffsetAndTimestamp oldest = living.get(partition);
            long bound = oldest == null ? ends.getOrDefault(partition, 0L) : oldest.offset();
            if (next < bound) {
                throw FerryException.misconfigured(
                        "the target has not been written to for longer than deletions are kept (%d days): what was deleted meanwhile would stay in it"
                                .formatted(Topics.TOMBSTONE_RETENTION.toDays()),
                        "Name another table for this target, or drop that one: it is filled anew from the log, which holds the last state of every row, and the source is not read again.");
            }
        });
    }

    ConsumerRecords<RecordKey, TargetRecord> poll(Duration wait) {
        try {
            return consumer.poll(wait);
        } catch (RecordDeserializationException e) {
            int partition = e.topicPartition().partition();
            ByteString bytes = e.valueBuffer() == null ? ByteString.EMPTY : ByteString.copyFrom(e.valueBuffer());
            onUnreadable.accept(new TargetWrite.Origin(partition, e.offset()), bytes);
            consumer.seek(e.topicPartition(), e.offset() + 1);
            return ConsumerRecords.empty();
        }
    }

    /** The next offset of every partition: everything before it has been handed out. */
    PartitionOffsets position() {
        TreeMap<Integer, Long> next = new TreeMap<>();
        partitions.forEach(partition -> next.put(partition.partition(), consumer.position(partition)));
        return new PartitionOffsets(next);
    }

    /** Records that are in the log and not handed out; what the last fetch knew of them. */
    long lag() {
        long lag = 0;
        for (TopicPartition partition : partitions) {
            lag += consumer.currentLag(partition).orElse(0);
        }
        return lag;
    }

    List<Integer> partitions() {
        return partitions.stream().map(TopicPartition::partition).toList();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
