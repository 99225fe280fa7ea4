package io.vectorferry.verify.watch;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.KeysOnly;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.verify.source.ChangedRowTopics;
import io.vectorferry.verify.watch.TargetWatch.DrawnKeys;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Keys of rows that changed lately, from {@code changes}: of each partition a few records in a row from a place that is drawn,
 * however much came in between, so that the cost does not grow with the rate of changes. For one thread.
 */
public final class RecentChanges implements DrawnKeys, AutoCloseable {
    private static final int MAX_PARTITIONS = 16;
    private static final int RECORDS_OF_PARTITION = 100;
    private static final int FETCH_BYTES = 64 * 1024;
    private static final Duration POLL = Duration.ofMillis(50);
    private static final Duration MAX_WAIT = Duration.ofMillis(500);

    private final KafkaConsumer<SourceKey, Boolean> consumer;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> seen;
    private final Random random;

    /** @param seed of the places that are drawn; what was there before is passed over */
    public RecentChanges(KafkaConnection kafka, TopicSpec<SourceKey, Change> changes, long seed) {
        consumer = kafka.samplingConsumer(KeysOnly.of(changes), RECORDS_OF_PARTITION, FETCH_BYTES);
        partitions = new ArrayList<>(IntStream.range(0, changes.partitions())
                .mapToObj(partition -> new TopicPartition(changes.name(), partition))
                .toList());
        // For good: of a partition that is not assigned the client warns each time that it is asked for the end.
        consumer.assign(partitions);
        consumer.pause(partitions);
        seen = new HashMap<>(consumer.endOffsets(partitions));
        random = new Random(seed);
    }

    private record Window(long from, long to) {}

    @Override
    public List<SourceKey> draw(int most) {
        Map<TopicPartition, Window> windows = windows();
        if (windows.isEmpty()) {
            return List.of();
        }
        windows.forEach((partition, window) -> consumer.seek(partition, window.from()));
        consumer.resume(windows.keySet());
        List<SourceKey> keys = new ArrayList<>();
        long deadline = System.nanoTime() + MAX_WAIT.toNanos();
        while (!windows.isEmpty() && System.nanoTime() < deadline) {
            for (ConsumerRecord<SourceKey, Boolean> found : consumer.poll(POLL)) {
                @Nullable SourceKey key = found.key(); // a barrier has none
                if (key != null) {
                    keys.add(key);
                }
            }
            windows.entrySet()
                    .removeIf(end ->
                            consumer.position(end.getKey()) >= end.getValue().to());
            consumer.pause(partitions.stream()
                    .filter(partition -> !windows.containsKey(partition))
                    .toList());
        }
        consumer.pause(consumer.assignment()); // so that nothing is fetched ahead
        Collections.shuffle(keys, random);
        return keys.stream().distinct().limit(most).toList();
    }

    private Map<TopicPartition, Window> windows() {
        Collections.shuffle(partitions, random);
        List<TopicPartition> some = partitions.subList(0, Math.min(MAX_PARTITIONS, partitions.size()));
        Map<TopicPartition, Window> windows = new HashMap<>();
        consumer.endOffsets(some).forEach((partition, end) -> {
            long from = seen.getOrDefault(partition, 0L);
            if (end > from) {
                long spare = Math.max(0, end - from - RECORDS_OF_PARTITION);
                long start = from + random.nextLong(spare + 1);
                windows.put(partition, new Window(start, Math.min(end, start + RECORDS_OF_PARTITION)));
                seen.put(partition, end);
            }
        });
        return windows;
    }

    @Override
    public void close() {
        consumer.close();
    }

    /** A sample of the rows that changed lately, from every topic that names some. For one thread. */
    public record RecentRows(List<Sampled> topics) implements DrawnKeys, AutoCloseable {
        private record Sampled(ChangedRowTopics.Named named, RecentChanges changes) {}

        public static RecentRows of(KafkaConnection kafka, ChangedRowTopics topics, long seed) {
            List<Sampled> all = new ArrayList<>();
            for (ChangedRowTopics.Named named : topics.changed()) {
                all.add(new Sampled(named, new RecentChanges(kafka, named.topic(), seed)));
            }
            return new RecentRows(List.copyOf(all));
        }

        @Override
        public List<SourceKey> draw(int most) {
            List<SourceKey> drawn = new ArrayList<>();
            for (Sampled topic : topics) {
                drawn.addAll(topic.named().rows(topic.changes().draw(most / topics.size())));
            }
            return drawn;
        }

        @Override
        public void close() {
            topics.forEach(topic -> topic.changes().close());
        }
    }
}
