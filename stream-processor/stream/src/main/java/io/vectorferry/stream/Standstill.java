package io.vectorferry.stream;

import io.vectorferry.contracts.kafka.KafkaConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeProducersResult.PartitionProducerState;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * Reports what the stream processor waits for before it processes changes: the restore of its state, and the end of
 * transactions that are open in its logs. Kafka Streams waits for both silently. {@link #observe} is for one thread,
 * the rest for any.
 */
final class Standstill implements StateRestoreListener {
    /** Maximum time of an ordinary start. */
    private static final Duration USUAL = Duration.ofSeconds(30);

    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);

    private final KafkaConnection kafka;
    private final String group;
    private final LongSupplier nanoTime;
    private final Map<TopicPartition, Long> missing = new ConcurrentHashMap<>();
    private volatile String waitsFor = "";
    private long since;
    private long nextLook;

    Standstill(KafkaConnection kafka, String group, LongSupplier nanoTime) {
        this.kafka = kafka;
        this.group = group;
        this.nanoTime = nanoTime;
        this.since = nanoTime.getAsLong();
        this.nextLook = since + USUAL.toNanos();
    }

    /** Returns the text for {@link io.vectorferry.contracts.Stage#waitsFor}. */
    String waitsFor() {
        return waitsFor;
    }

    void observe(KafkaStreams.State state) throws InterruptedException {
        long now = nanoTime.getAsLong();
        if (state == KafkaStreams.State.RUNNING) {
            since = now;
            nextLook = now + USUAL.toNanos();
            waitsFor = "";
        } else if (now - nextLook >= 0) {
            waitsFor = reason(state, Duration.ofNanos(now - since).toSeconds());
            nextLook = nanoTime.getAsLong() + LOOK_EVERY.toNanos();
        }
    }

    private String reason(KafkaStreams.State state, long seconds) throws InterruptedException {
        List<String> open = openTransactions();
        if (!open.isEmpty()) {
            return "has waited for %d s for a transaction to end, %s. If it does not end, `kafka-transactions.sh find-hanging` shows it"
                    .formatted(seconds, String.join(", ", open));
        }
        if (!missing.isEmpty()) {
            return "has been restoring its state for %d s; %,d records of %s still to read"
                    .formatted(
                            seconds,
                            missing.values().stream().mapToLong(Long::longValue).sum(),
                            String.join(
                                    ", ",
                                    missing.keySet().stream()
                                            .map(TopicPartition::toString)
                                            .sorted()
                                            .toList()));
        }
        return "has waited for its partitions for %d s (Kafka Streams is %s)".formatted(seconds, state);
    }

    /** Returns the open transactions in the logs from which it restores, and in its group's offsets. */
    private List<String> openTransactions() throws InterruptedException {
        List<String> open = new ArrayList<>();
        try (Admin admin = kafka.admin(ANSWER_WITHIN)) {
            List<TopicPartition> partitions = new ArrayList<>(missing.keySet());
            partitions.add(offsets(admin));
            Map<TopicPartition, PartitionProducerState> producers =
                    admin.describeProducers(partitions).all().get();
            long old = System.currentTimeMillis() - USUAL.toMillis();
            producers.forEach((partition, found) -> found.activeProducers().stream()
                    .filter(producer -> producer.currentTransactionStartOffset().isPresent())
                    .filter(producer -> producer.lastTimestamp() < old)
                    .forEach(producer -> open.add(open(partition, producer))));
        } catch (ExecutionException | KafkaException e) {
            return List.of(); // what it restores is reported in any case
        }
        return open;
    }

    private static String open(TopicPartition partition, ProducerState producer) {
        return "of producer %d in %s from offset %d on"
                .formatted(
                        producer.producerId(),
                        partition,
                        producer.currentTransactionStartOffset().orElseThrow());
    }

    private TopicPartition offsets(Admin admin) throws ExecutionException, InterruptedException {
        int partitions =
                admin.describeTopics(Set.of(Topic.GROUP_METADATA_TOPIC_NAME)).allTopicNames().get().values().stream()
                        .mapToInt(topic -> topic.partitions().size())
                        .sum();
        return new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, Utils.abs(group.hashCode()) % partitions);
    }

    @Override
    public void onRestoreStart(TopicPartition partition, String store, long start, long end) {
        missing.put(partition, end - start);
    }

    @Override
    public void onBatchRestored(TopicPartition partition, String store, long last, long restored) {
        missing.computeIfPresent(partition, (p, left) -> Math.max(0, left - restored));
    }

    @Override
    public void onRestoreEnd(TopicPartition partition, String store, long restored) {
        missing.remove(partition);
    }

    @Override
    public void onRestoreSuspended(TopicPartition partition, String store, long restored) {
        missing.remove(partition);
    }
}
