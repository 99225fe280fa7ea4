package io.vectorferry.contracts.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/** Reads the committed records of a topic to its end, and later on from where it stopped. It begins with the first record. For one thread. */
public final class TopicReader<K, V> implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<K, V> consumer;
    private final List<TopicPartition> partitions;

    /** Reads every partition. */
    public TopicReader(KafkaConnection kafka, TopicSpec<K, V> topic, int maxPollRecords) {
        this(
                kafka.consumer(topic, maxPollRecords),
                IntStream.range(0, topic.partitions())
                        .mapToObj(partition -> new TopicPartition(topic.name(), partition))
                        .toList());
    }

    /** Reads one partition. */
    public TopicReader(KafkaConnection kafka, TopicSpec<K, V> topic, int partition, int maxPollRecords) {
        this(kafka.consumer(topic, maxPollRecords), List.of(new TopicPartition(topic.name(), partition)));
    }

    private TopicReader(KafkaConsumer<K, V> consumer, List<TopicPartition> partitions) {
        this.consumer = consumer;
        this.partitions = partitions;
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Reads until nothing that was committed before the call is unread. Shows the records of each poll together. */
    public void readToEnd(Consumer<ConsumerRecords<K, V>> records) {
        Map<TopicPartition, Long> ends = ends();
        while (isBefore(ends)) {
            records.accept(poll(POLL));
        }
    }

    /** Waits up to this long for records that are unread. */
    public ConsumerRecords<K, V> poll(Duration wait) {
        return consumer.poll(wait);
    }

    /** Returns where each partition ends now. */
    public Map<TopicPartition, Long> ends() {
        return consumer.endOffsets(partitions);
    }

    /** Returns whether anything before these ends is unread. */
    public boolean isBefore(Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
    }

    /**
     * Returns the offset of the first record that each partition still has.
     *
     * @throws TimeoutException when the brokers do not answer in time
     */
    public Map<TopicPartition, Long> beginnings(Duration wait) {
        return consumer.beginningOffsets(partitions, wait);
    }

    /** Returns the offset of the record of the partition that is read next. */
    public long position(int partition) {
        return consumer.position(partitions.stream()
                .filter(one -> one.partition() == partition)
                .findFirst()
                .orElseThrow());
    }

    /** Continues with the records at these offsets. */
    public void seek(Map<TopicPartition, Long> offsets) {
        offsets.forEach(consumer::seek);
    }

    /** Continues with the first record of every partition. */
    public void seekToBeginning() {
        consumer.seekToBeginning(partitions);
    }

    @Override
    public void close() {
        consumer.close();
    }
}
