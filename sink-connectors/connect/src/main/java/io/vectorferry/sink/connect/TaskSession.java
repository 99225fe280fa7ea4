package io.vectorferry.sink.connect;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.sink.connect.reading.RecordIntent;
import io.vectorferry.sink.connect.reading.RecordReading;
import io.vectorferry.sink.connect.settings.SinkConfig;
import io.vectorferry.sink.connect.settings.TableNames;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Target;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** A task's data path: records wait in their tables, are applied, and then their offsets count as consumed. For one thread. */
final class TaskSession implements AutoCloseable {
    private final SinkConfig config;
    private final RecordReading reading;
    private final Target target;
    private final ErrantRows rejects;
    private final Map<String, TableSink> tables = new LinkedHashMap<>();
    private final Map<String, String> topicOfTable = new HashMap<>();
    private final Set<TopicPartition> assigned = new HashSet<>();
    private final Map<TopicPartition, Long> sought = new HashMap<>();
    private final Map<TopicPartition, Long> taken = new HashMap<>();
    private final Map<TopicPartition, Long> applied = new HashMap<>();
    private long oldestNanos;

    TaskSession(SinkConfig config, Target target, ErrantRows rejects) {
        this.config = config;
        this.reading = RecordReading.of(config);
        this.target = target;
        this.rejects = rejects;
    }

    /** Returns the offsets of the tables themselves, which take precedence over Kafka's offsets of the connector. */
    Map<TopicPartition, Long> open(Collection<TopicPartition> partitions) {
        assigned.addAll(partitions);
        Map<TopicPartition, Long> starts = new HashMap<>();
        if (config.recordFormat() == SinkConfig.RecordFormat.DEBEZIUM
                && target.capabilities().remembersOffsets()) {
            for (TopicPartition partition : partitions) {
                if (TableNames.isWithoutRows(partition.topic())) {
                    continue;
                }
                TableSink table = table(config.tableNames().ofTopic(partition.topic()), partition.topic());
                @Nullable Long next = table.committed().next().get(partition.partition());
                if (next != null) {
                    starts.put(partition, next);
                }
            }
        }
        sought.putAll(starts);
        return starts;
    }

    /** Drops what was not applied; the next owner of these partitions reads it again. */
    void release(Collection<TopicPartition> partitions) {
        for (TableSink table : tables.values()) {
            table.forget(record -> partitions.contains(partitionOf(record)));
        }
        assigned.removeAll(partitions);
        for (Map<TopicPartition, Long> each : java.util.List.of(sought, taken, applied)) {
            each.keySet().removeAll(partitions);
        }
    }

    void take(SinkRecord record) {
        TopicPartition partition = partitionOf(record);
        long offset = record.originalKafkaOffset();
        checkSameLog(partition, offset);
        if (offset < taken.getOrDefault(partition, 0L)) {
            return; // delivered again after a failure: it waits already
        }
        boolean first = !isWaiting();
        try {
            take(record, read(record));
        } catch (FerryException e) {
            if (e.kind() != FerryException.Kind.REJECTED_RECORD) {
                throw e;
            }
            rejects.report(record, e.errorType(), String.valueOf(e.getMessage()));
        }
        taken.put(partition, offset + 1);
        if (first) {
            oldestNanos = System.nanoTime();
        }
    }

    /**
     * Reports only the kind of the error for a record that no converter of a change produces: its text may quote a
     * value.
     */
    private RecordIntent read(SinkRecord record) {
        try {
            return reading.read(record);
        } catch (DataException | IllegalArgumentException | ArithmeticException e) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA,
                    "the record cannot be read as a change (%s)"
                            .formatted(e.getClass().getSimpleName()));
        }
    }

    private void take(SinkRecord record, RecordIntent intent) {
        switch (intent) {
            case RecordIntent.OfRow change ->
                table(change.table(), record.originalTopic()).add(record, change);
            case RecordIntent.Truncate truncate -> truncate(record, truncate.table());
            case RecordIntent.Nothing ignored -> {}
        }
    }

    /** Only in a log of one partition is it known which rows came before, and only the one task that there is knows that it is one. */
    private void truncate(SinkRecord record, String table) {
        boolean only = assigned.stream()
                        .filter(partition -> partition.topic().equals(record.originalTopic()))
                        .count()
                == 1;
        if (!only || record.originalKafkaPartition() != 0 || config.tasks() > 1) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA,
                    "it is unknown which rows of other partitions came before a TRUNCATE: give the topic one partition and the connector tasks.max=1, or set truncate.enabled=false");
        }
        table(table, record.originalTopic()).truncate();
    }

    private void checkSameLog(TopicPartition partition, long offset) {
        long start = sought.getOrDefault(partition, 0L);
        if (offset < start) {
            throw FerryException.misconfigured(
                    "the table of %s was filled up to offset %d, but the topic delivers %d: the topic was recreated"
                            .formatted(partition, start, offset),
                    "Set another table with collection.name.format, or drop that one.");
        }
    }

    private TableSink table(String name, String topic) {
        TableSink known = tables.get(name);
        if (known == null) {
            known = new TableSink(target, name, rejects);
            tables.put(name, known);
            topicOfTable.put(name, topic);
        }
        String owner = topicOfTable.getOrDefault(name, topic);
        if (!owner.equals(topic) && target.capabilities().remembersOffsets()) {
            throw FerryException.misconfigured(
                    "topics %s and %s would both be written to table %s, which stores the offsets of only one"
                            .formatted(owner, topic, name),
                    "Write ${topic} or ${collection} in collection.name.format.");
        }
        return known;
    }

    static TopicPartition partitionOf(SinkRecord record) {
        return new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
    }

    boolean isWaiting() {
        return tables.values().stream().anyMatch(TableSink::isWaiting);
    }

    /** Milliseconds until what waits is due; 0 when it is. */
    long dueInMillis() {
        int size = tables.values().stream().mapToInt(TableSink::size).sum();
        long waitedMillis = (System.nanoTime() - oldestNanos) / 1_000_000;
        return size >= config.batchSize() ? 0 : Math.max(0, config.linger().toMillis() - waitedMillis);
    }

    void flush() {
        for (Map.Entry<String, TableSink> table : tables.entrySet()) {
            table.getValue().flush(offsetsOf(topicOfTable.getOrDefault(table.getKey(), "")));
        }
        applied.putAll(taken);
    }

    private PartitionOffsets offsetsOf(String topic) {
        TreeMap<Integer, Long> next = new TreeMap<>();
        taken.forEach((partition, offset) -> {
            if (partition.topic().equals(topic)) {
                next.put(partition.partition(), offset);
            }
        });
        return new PartitionOffsets(next);
    }

    /** Returns the offsets that Kafka may commit: never more than what is applied. */
    Map<TopicPartition, OffsetAndMetadata> committable(Map<TopicPartition, OffsetAndMetadata> delivered) {
        if (!isWaiting()) {
            return delivered;
        }
        Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
        applied.forEach((partition, offset) -> done.put(partition, new OffsetAndMetadata(offset)));
        return done;
    }

    void maintain(boolean caughtUp) {
        tables.values().forEach(table -> table.maintain(caughtUp));
    }

    @Override
    public void close() {
        tables.values().forEach(TableSink::close);
        tables.clear();
        target.close();
    }
}
