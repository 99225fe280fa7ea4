package io.vectorferry.app;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.SourceKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Reads {@code id-map} to its end as it is now, one partition after the other: what stands in memory is one partition's living keys. */
final class IdExport {
    private static final int MAX_POLL_RECORDS = 5_000;
    private static final Duration POLL = Duration.ofMillis(200);

    private IdExport() {}

    /** @return how many mappings there are */
    static long run(
            KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic, BiConsumer<SourceKey, IdMapping> each) {
        long count = 0;
        for (int partition = 0; partition < topic.partitions(); partition++) {
            Map<SourceKey, IdMapping> living = living(kafka, topic, new TopicPartition(topic.name(), partition));
            living.forEach(each);
            count += living.size();
        }
        return count;
    }

    private static Map<SourceKey, IdMapping> living(
            KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic, TopicPartition partition) {
        Map<SourceKey, IdMapping> living = new LinkedHashMap<>();
        try (KafkaConsumer<SourceKey, IdMapping> consumer = kafka.consumer(topic, MAX_POLL_RECORDS)) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                for (var record : consumer.poll(POLL)) {
                    @Nullable IdMapping mapping = record.value();
                    if (mapping == null) {
                        living.remove(record.key());
                    } else {
                        living.put(record.key(), mapping);
                    }
                }
            }
        }
        return living;
    }
}
