package io.vectorferry.sink.runner;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.DurableLog;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordDeserializationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code records}, read from where the target or its consumer group says. For one thread. */
final class RecordsTopicReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RecordsTopicReader.class);
    private static final int MAX_POLL_RECORDS = 2_000;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    /** Used instead of a table, for a target that stores no offsets. */
    private static final String OF_GROUP = "";

    /** Maximum number of collections that a message names. */
    private static final int NAMED = 10;

    private final TopicSpec<RecordKey, TargetRecord> topic;
    private final KafkaConsumer<RecordKey, TargetRecord> consumer;
    private final BiConsumer<TargetWrite.Origin, ByteString> onUnreadable;
    private final @Nullable SinkGroup group;
    private final RecordsEnds endsAtStart;
    /** Kafka's id of the topic. */
    private final String log;

    /** Time at which each of a group's partitions began to be read from its beginning. */
    private final Map<Integer, Long> sinceMillis = new HashMap<>();

    private long lagAtRest;

    private RecordsTopicReader(
            TopicSpec<RecordKey, TargetRecord> topic,
            KafkaConsumer<RecordKey, TargetRecord> consumer,
            BiConsumer<TargetWrite.Origin, ByteString> onUnreadable,
            @Nullable SinkGroup group,
            RecordsEnds endsAtStart,
            String log) {
        this.log = log;
        this.topic = topic;
        this.consumer = consumer;
        this.onUnreadable = onUnreadable;
        this.group = group;
        this.endsAtStart = endsAtStart;
    }

    /** All partitions, for a target that remembers where it stands. */
    static RecordsTopicReader ofAll(
            KafkaConnection kafka,
            TopicSpec<RecordKey, TargetRecord> topic,
            RecordsEnds endsAtStart,
            BiConsumer<TargetWrite.Origin, ByteString> onUnreadable) {
        KafkaConsumer<RecordKey, TargetRecord> consumer = kafka.consumer(topic, MAX_POLL_RECORDS);
        List<TopicPartition> partitions = new ArrayList<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            partitions.add(new TopicPartition(topic.name(), partition));
        }
        consumer.assign(partitions);
        return new RecordsTopicReader(topic, consumer, onUnreadable, null, endsAtStart, kafka.idOf(topic));
    }

    /** The partitions that the target's group gives to this process. */
    static RecordsTopicReader inGroup(
            KafkaConnection kafka,
            Topics topics,
            String target,
            NotedTables tables,
            RecordsEnds endsAtStart,
            BiConsumer<TargetWrite.Origin, ByteString> onUnreadable) {
        SinkGroup group = new SinkGroup(kafka, topics, target, MAX_POLL_RECORDS, tables);
        // Kafka forgets a group's offsets with the topic: they are always of this one.
        return new RecordsTopicReader(topics.records(), group.consumer(), onUnreadable, group, endsAtStart, "");
    }

    /** Whether partitions have come or gone since the last call: then all that was read and not committed is void. */
    boolean takeMoved() {
        return group != null && group.takeMoved();
    }

    /**
     * The state of the target according to the group's last commits.
     *
     * @param tables by the collection, the incarnations of the table that hold what is committed
     * @param isComplete whether a collection that is not named had no table: an earlier build left out what was too
     *     much
     * @param isFirst whether nothing is committed of this process's partitions
     * @param isForgotten whether nothing is committed of any partition, and yet the target was written to
     */
    record AtCommit(Map<String, Set<String>> tables, boolean isComplete, boolean isFirst, boolean isForgotten) {
        static final AtCommit NOTHING = new AtCommit(Map.of(), true, false, false);
    }

    /** Returns the state of the newly assigned partitions; refuses a target that was away for too long. */
    AtCommit atCommit(Clock clock) {
        if (group == null) {
            return AtCommit.NOTHING;
        }
        Set<Integer> partitions = new TreeSet<>();
        consumer.assignment().forEach(partition -> partitions.add(partition.partition()));
        Map<String, Set<String>> tables = group.tables().of(partitions);
        // In this order: another process that starts now commits before it writes.
        boolean forgotten =
                group.tables().wasWritten() && group.committed(allPartitions()).isEmpty();
        Map<TopicPartition, OffsetAndMetadata> committed = group.committed(consumer.assignment());
        Map<TopicPartition, Long> known = new HashMap<>();
        boolean complete = true;
        Map<TopicPartition, Long> ends = consumer.endOffsets(committed.keySet());
        sinceMillis.clear();
        consumer.assignment().forEach(partition -> sinceMillis.put(partition.partition(), clock.millis()));
        for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : committed.entrySet()) {
            TopicPartition partition = entry.getKey();
            OffsetAndMetadata offset = entry.getValue();
            long end = endsAtStart.of(OF_GROUP, partition.partition(), ends.getOrDefault(partition, 0L));
            long from = notAhead(partition, offset.offset(), end);
            if (from < offset.offset()) {
                consumer.seek(partition, from);
            }
            SinkGroup.Note note = SinkGroup.Note.parse(offset.metadata());
            sinceMillis.put(partition.partition(), note.sinceMillis());
            if (note.sinceMillis() < forgottenBefore(clock)) {
                known.put(partition, offset.offset());
            }
            note.tables().forEach((collection, incarnation) -> tables.computeIfAbsent(collection, c -> new TreeSet<>())
                    .add(incarnation));
            complete &= note.isInControl() || !note.tables().isEmpty();
        }
        endsAtStart.passed(OF_GROUP);
        checkNotTooOld(known, ends, clock);
        return new AtCommit(tables, complete, !partitions.isEmpty() && committed.isEmpty(), forgotten);
    }

    /** @param filled collections whose tables hold rows of which nobody knows any more which records they have seen */
    void requireNone(List<String> filled) {
        if (!filled.isEmpty()) {
            throw FerryException.misconfigured(
                    "Kafka no longer has the offsets of consumer group %s, and the target has rows of %s: rows deleted meanwhile would remain in it"
                            .formatted(
                                    group == null ? "" : group.name(),
                                    String.join(", ", filled.subList(0, Math.min(NAMED, filled.size())))
                                            + (filled.size() > NAMED ? ", …" : "")),
                    "Stop ferry, and drop the tables of these collections in the target, or set others: they are filled again from the log, which has the last state of every row. The source is not read again. To keep offsets longer, increase offsets.retention.minutes of the brokers.");
        }
    }

    private Set<TopicPartition> allPartitions() {
        Set<TopicPartition> all = new HashSet<>();
        for (int partition = 0; partition < topic.partitions(); partition++) {
            all.add(new TopicPartition(topic.name(), partition));
        }
        return all;
    }

    /** Deletions before then may be gone from the log. */
    static long forgottenBefore(Clock clock) {
        return clock.millis() - Topics.TOMBSTONE_RETENTION.toMillis();
    }

    /** Goes back to the beginning and commits that; false when the partitions are another's by now. */
    boolean rewind(Clock clock) {
        consumer.seekToBeginning(consumer.assignment());
        consumer.assignment().forEach(partition -> sinceMillis.put(partition.partition(), clock.millis()));
        PartitionOffsets beginning = position();
        if (!commit(beginning, Map.of())) {
            return false;
        }
        if (group != null) {
            group.begun(beginning.next().keySet());
        }
        return true;
    }

    /** Commits the offsets if the target does not store them; false if the partitions were reassigned. */
    boolean commit(PartitionOffsets offsets, Map<String, String> tables) {
        return group == null || group.commit(topic.name(), offsets, tables, sinceMillis);
    }

    /** Remains a member of the group while nothing may be read. */
    void stay() {
        if (group != null) {
            rest(Duration.ZERO);
            requireOwn();
        }
    }

    /** @throws SinkGroup.Moved if {@link #takeMoved} would return true */
    void requireOwn() {
        if (group != null) {
            group.requireOwn();
        }
    }

    /** Waits and takes nothing. */
    void rest(Duration wait) {
        consumer.pause(consumer.assignment());
        ConsumerRecords<RecordKey, TargetRecord> polled = consumer.poll(wait);
        // What came with a new assignment is read again when its turn comes.
        polled.partitions()
                .forEach(partition -> consumer.seek(
                        partition, polled.records(partition).getFirst().offset()));
        consumer.resume(consumer.assignment());
    }

    /**
     * A partition that the offsets do not name is read from its beginning.
     *
     * @param oldest of the tables that remember any offset; another one has no row that could be a ghost
     */
    void seek(PartitionOffsets offsets, PartitionOffsets oldest, Clock clock) {
        Set<TopicPartition> partitions = consumer.assignment();
        Map<TopicPartition, Long> starts = consumer.beginningOffsets(partitions);
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        Map<TopicPartition, Long> filled = new HashMap<>();
        for (TopicPartition partition : partitions) {
            @Nullable Long remembered = oldest.next().get(partition.partition());
            if (remembered != null) {
                filled.put(partition, remembered);
            }
            long start = starts.getOrDefault(partition, 0L);
            @Nullable Long next = offsets.next().get(partition.partition());
            consumer.seek(partition, next == null ? start : Math.max(start, next));
        }
        checkNotTooOld(filled, ends, clock);
    }

    /** Returns what a table remembers, no further than the log reaches; refuses one that was filled from another log. */
    PartitionOffsets notAhead(String table, PartitionOffsets remembered) {
        if (!remembered.log().isEmpty() && !log.isEmpty() && !remembered.log().equals(log)) {
            throw FerryException.misconfigured(
                    "table %s was filled from another topic than %s of this pipeline: the topic id is %s, but the table has %s"
                            .formatted(table, topic.name(), log, remembered.log()),
                    "If another pipeline, data directory or cluster filled it, set another table for this target or drop that one. If the topics were deleted: "
                            + DurableLog.LOST_REMEDY);
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        TreeMap<Integer, Long> next = new TreeMap<>(remembered.next());
        next.replaceAll((number, offset) -> {
            TopicPartition partition = new TopicPartition(topic.name(), number);
            return notAhead(partition, offset, endsAtStart.of(table, number, ends.getOrDefault(partition, 0L)));
        });
        return new PartitionOffsets(next, remembered.filledSinceMillis(), remembered.log());
    }

    /** The table was found to be of this log, and is written to from now on. */
    void passed(String table) {
        endsAtStart.passed(table);
    }

    /**
     * Returns from where to read. The marker that ends a transaction is written again after a power loss, when its
     * rows are already durable: it is the one record that a target may have seen and the log may lack.
     */
    private static long notAhead(TopicPartition partition, long next, long end) {
        if (next > end + 1) {
            throw FerryException.misconfigured(
                    "the target has offset %d of %s, which ends at %d: it was filled from another log, or the log has lost its newest records"
                            .formatted(next, partition, end),
                    "If another pipeline or data directory filled it, set another table for this target or drop that one. If the log was truncated, by a damaged disk or an older copy: "
                            + DurableLog.LOST_REMEDY);
        }
        return Math.min(next, end);
    }

    /** Deletions that are older than their tombstones' life may be gone from the log: their rows would stay as ghosts. */
    private void checkNotTooOld(Map<TopicPartition, Long> known, Map<TopicPartition, Long> ends, Clock clock) {
        long cutoff = forgottenBefore(clock);
        Map<TopicPartition, Long> wanted = new HashMap<>();
        known.keySet().forEach(partition -> wanted.put(partition, cutoff));
        Map<TopicPartition, @Nullable OffsetAndTimestamp> living = new HashMap<>(consumer.offsetsForTimes(wanted));
        known.forEach((partition, next) -> {
            @Nullable OffsetAndTimestamp oldest = living.get(partition);
            long bound = oldest == null ? ends.getOrDefault(partition, 0L) : oldest.offset();
            if (next < bound) {
                throw FerryException.misconfigured(
                        "the target has not been written to for longer than deletions are retained (%d days): rows deleted meanwhile would remain in it"
                                .formatted(Topics.TOMBSTONE_RETENTION.toDays()),
                        "Set another table for this target, or drop that one: it is filled again from the log, which has the last state of every row. The source is not read again.");
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
        consumer.assignment().forEach(partition -> next.put(partition.partition(), consumer.position(partition)));
        return new PartitionOffsets(next, 0, log);
    }

    /** Records that are in the log and not handed out; what the last fetch knew of them. */
    long lag() {
        long lag = 0;
        for (TopicPartition partition : consumer.assignment()) {
            lag += consumer.currentLag(partition).orElse(0);
        }
        return lag;
    }

    /** Returns the same while nothing is fetched, from the broker; the last known if it does not respond. */
    long lagAtRest() {
        try {
            long lag = 0;
            for (Map.Entry<TopicPartition, Long> end :
                    consumer.endOffsets(consumer.assignment(), ANSWER_WITHIN).entrySet()) {
                lag += Math.max(0, end.getValue() - consumer.position(end.getKey(), ANSWER_WITHIN));
            }
            lagAtRest = lag;
        } catch (TimeoutException e) {
            LOG.debug("the end of {} is not known", topic.name(), e);
        }
        return lagAtRest;
    }

    int partitions() {
        return topic.partitions();
    }

    @Override
    public void close() {
        consumer.close();
    }
}
