package io.vectorferry.app.verify;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads {@code id-map} from its beginning, and on from where it stopped. Deletions are passed over: an id is its key's also when the row is gone. For one thread. */
final class IdMapTail implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 5_000;
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<SourceKey, IdMapping> consumer;
    private final List<TopicPartition> partitions;

    IdMapTail(KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic) {
        consumer = kafka.consumer(topic, MAX_POLL_RECORDS);
        partitions = IntStream.range(0, topic.partitions())
                .mapToObj(partition -> new TopicPartition(topic.name(), partition))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /** Returns when nothing that was committed before the call is unread. */
    void read(BiConsumer<SourceKey, TargetKey.Id> each) {
        Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            for (var found : consumer.poll(POLL)) {
                @Nullable IdMapping mapping = found.value();
                if (mapping != null) {
                    each.accept(found.key(), mapping.target().id());
                }
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
