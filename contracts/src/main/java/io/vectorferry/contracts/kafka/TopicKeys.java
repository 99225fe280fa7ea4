package io.vectorferry.contracts.kafka;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The keys that were written to a topic after a place. */
public record TopicKeys(KafkaConnection kafka, TopicEnds place) {
    private static final int MAX_POLL_RECORDS = 5_000;

    /**
     * Reads up to the current end of the topic. Fails with a remedy if some of the records no longer exist.
     *
     * @param keys receives some at a time, for records that have one
     */
    public <K> void read(TopicSpec<K, ?> topic, Consumer<Collection<K>> keys) {
        List<Long> from = place.stillKept(kafka, topic);
        Map<TopicPartition, Long> starts = new HashMap<>();
        for (int partition = 0; partition < from.size(); partition++) {
            starts.put(new TopicPartition(topic.name(), partition), from.get(partition));
        }
        try (var reader = new TopicReader<>(kafka, KeysOnly.of(topic), MAX_POLL_RECORDS)) {
            reader.seek(starts);
            reader.readToEnd(some -> {
                List<K> found = new ArrayList<>();
                for (ConsumerRecord<K, Boolean> changed : some) {
                    @Nullable K key = changed.key(); // a barrier has none
                    if (key != null) {
                        found.add(key);
                    }
                }
                keys.accept(found);
            });
        }
        // What was deleted while it was being read may have been passed over.
        place.stillKept(kafka, topic);
    }
}
