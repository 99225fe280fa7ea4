package io.vectorferry.sink.runner;

import io.vectorferry.contracts.kafka.DurableLog;
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
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The consumer group with the offsets of a sink whose target stores none. Its members share the partitions, and one
 * whose partitions went elsewhere cannot commit any more. For one thread.
 */
final class SinkGroup implements ConsumerRebalanceListener {
    /** The partitions went to another process: what was read and not committed is not ours any more. */
    static final class Moved extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final Logger LOG = LoggerFactory.getLogger(SinkGroup.class);
    private static final Duration DEAD_AFTER = Duration.ofSeconds(10);
    private static final Duration LONGEST_WORK = Duration.ofMinutes(15);

    private static final String SEPARATOR = "\n";

    /** Separator between a collection and the incarnation of its table. */
    private static final String INCARNATION = "\t";

    /** Begins the line that says when the partition began to be read from its beginning. */
    private static final String SINCE = "\t";

    /**
     * The line that says that {@link NotedTables} has the tables. An earlier build treats it as a table that is gone,
     * and fills everything again.
     */
    private static final String IN_CONTROL = "(in control)";

    /**
     * The metadata of an offset.
     *
     * @param tables by the collection, what changes when its table is recreated; earlier builds wrote them here, as
     *     far as a thousand characters held them all, and version 0.1 left what changes empty
     * @param sinceMillis when the partition began to be read from its beginning; 0 where that is not known
     * @param isInControl whether {@link NotedTables} has the tables
     */
    record Note(Map<String, String> tables, long sinceMillis, boolean isInControl) {
        static Note parse(String metadata) {
            Map<String, String> tables = new TreeMap<>();
            boolean inControl = false;
            long since = 0;
            for (String line : metadata.split(SEPARATOR, -1)) {
                int at = line.indexOf(INCARNATION);
                if (line.startsWith(SINCE)) {
                    since = Long.parseLong(line.substring(SINCE.length()));
                } else if (line.equals(IN_CONTROL)) {
                    inControl = true;
                } else if (!line.isEmpty()) {
                    tables.put(at < 0 ? line : line.substring(0, at), at < 0 ? "" : line.substring(at + 1));
                }
            }
            return new Note(tables, since, inControl);
        }

        static String text(long sinceMillis) {
            return SINCE + sinceMillis + SEPARATOR + IN_CONTROL;
        }
    }

    private final KafkaConsumer<RecordKey, TargetRecord> consumer;
    private final NotedTables tables;
    private final String name;
    private final DurableLog log;
    private boolean moved;

    SinkGroup(KafkaConnection kafka, Topics topics, String target, int maxPollRecords, NotedTables tables) {
        this.tables = tables;
        this.name = topics.sinkGroup(target);
        this.log = kafka.log();
        consumer = kafka.groupConsumer(topics.records(), maxPollRecords, name, DEAD_AFTER, LONGEST_WORK);
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

    /** Returns true once for each time that partitions were assigned or revoked. */
    boolean takeMoved() {
        boolean was = moved;
        moved = false;
        return was;
    }

    String name() {
        return name;
    }

    NotedTables tables() {
        return tables;
    }

    /** Returns what the group has committed for these partitions. */
    Map<TopicPartition, OffsetAndMetadata> committed(Set<TopicPartition> partitions) {
        Map<TopicPartition, OffsetAndMetadata> known = new HashMap<>(consumer.committed(partitions));
        known.values().removeIf(java.util.Objects::isNull);
        return known;
    }

    /** Notes the tables and then commits. False when the partitions are another's by now: then nothing that was read since the last commit counts. */
    boolean commit(
            String topic, PartitionOffsets offsets, Map<String, String> present, Map<Integer, Long> sinceMillis) {
        tables.note(offsets.next().keySet(), present);
        Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
        offsets.next()
                .forEach((partition, offset) -> next.put(
                        new TopicPartition(topic, partition),
                        new OffsetAndMetadata(offset, Note.text(sinceMillis.getOrDefault(partition, 0L)))));
        try {
            consumer.commitSync(next);
            return true;
        } catch (CommitFailedException | RebalanceInProgressException e) {
            LOG.info("the partitions are being reassigned: records that were not committed are read again");
            return false;
        }
    }

    /** Called when it is committed that these partitions are read from their beginning, and nothing of them is written yet. */
    void begun(Set<Integer> partitions) {
        log.sync(); // or a power loss might leave rows of a group that has no offsets
        tables.forget(partitions);
    }

    /** @throws Moved if partitions were assigned or revoked and nobody has taken note of that */
    void requireOwn() {
        if (moved) {
            throw new Moved();
        }
    }
}
