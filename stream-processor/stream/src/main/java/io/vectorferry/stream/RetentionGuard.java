package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.DurableLog;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks at the start whether unprocessed changes have left the log, or the log has lost changes that were processed:
 * Kafka Streams would silently continue after the gap.
 */
public final class RetentionGuard {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionGuard.class);

    private final KafkaConnection kafka;
    private final Topics topics;
    private final String group;

    RetentionGuard(KafkaConnection kafka, Topics topics, String group) {
        this.kafka = kafka;
        this.topics = topics;
        this.group = group;
    }

    /** @param newGeneration the source is read again, which repairs whatever a gap has hidden */
    public void check(boolean newGeneration) {
        try (Admin admin = kafka.admin()) {
            Map<TopicPartition, OffsetAndMetadata> committed = committed(admin);
            Map<TopicPartition, Long> earliest = offsets(admin, committed.keySet(), OffsetSpec.earliest());
            Map<TopicPartition, Long> ends = offsets(admin, committed.keySet(), OffsetSpec.latest());
            committed.forEach((partition, next) -> {
                checkNotAhead(partition, next.offset(), ends.getOrDefault(partition, 0L));
                check(partition, next.offset(), earliest.getOrDefault(partition, 0L), newGeneration);
            });
        } catch (ExecutionException e) {
            throw FerryException.retryable(
                    "the broker does not return the stream processor's offsets: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("the stream processor was interrupted", e);
        }
    }

    private static Map<TopicPartition, Long> offsets(Admin admin, Set<TopicPartition> partitions, OffsetSpec which)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        partitions.forEach(partition -> wanted.put(partition, which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> found :
                admin.listOffsets(wanted).all().get().entrySet()) {
            offsets.put(found.getKey(), found.getValue().offset());
        }
        return offsets;
    }

    private static void checkNotAhead(TopicPartition partition, long next, long end) {
        if (next > end) {
            throw FerryException.misconfigured(
                    "%s ends at offset %d but was processed up to %d: the topic has lost its newest records"
                            .formatted(partition, end, next),
                    DurableLog.LOST_REMEDY);
        }
    }

    private Map<TopicPartition, OffsetAndMetadata> committed(Admin admin)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetAndMetadata> committed = new HashMap<>();
        admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, offset) -> {
                    if (offset != null
                            && partition.topic().equals(topics.changes().name())) {
                        committed.put(partition, offset);
                    }
                });
        return committed;
    }

    private static void check(TopicPartition partition, long next, long earliest, boolean newGeneration) {
        if (next >= earliest) {
            return;
        }
        if (!newGeneration) {
            throw FerryException.misconfigured(
                    "changes %d to %d of %s left the log before they were processed: the stream processor was stopped for longer than changes are kept (%d days)"
                            .formatted(next, earliest - 1, partition, Topics.CHANGES_RETENTION.toDays()),
                    "Start a new generation, which reads every row again and deletes from the target what no longer exists: ferry run -f … --new-generation. If the stages are separate processes, start the producer and the stream with that option.");
        }
        LOG.warn("Changes {} to {} of {} are skipped: a new generation replaces them", next, earliest - 1, partition);
    }
}
