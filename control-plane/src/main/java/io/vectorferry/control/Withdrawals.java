package io.vectorferry.control;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Which letters have been withdrawn since, by one reading of the topic: those of a key that stand before its last withdrawal. */
final class Withdrawals {
    private static final int MAX_POLL_RECORDS = 500;
    private static final Duration POLL = Duration.ofMillis(200);

    /** The offset of the last one; letters of one key are in one partition. */
    private final Map<Withdrawn, Long> last = new HashMap<>();

    private record Withdrawn(ErrorType error, SourceKey key) {}

    static Withdrawals read(KafkaConnection kafka, Topics topics) {
        Withdrawals withdrawals = new Withdrawals();
        List<TopicPartition> partitions = DeadLetters.partitions(topics);
        try (KafkaConsumer<SourceKey, DeadLetter> consumer = kafka.consumer(topics.deadLetters(), MAX_POLL_RECORDS)) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (var letter : consumer.poll(POLL)) {
                    if (letter.value().withdrawn()) {
                        withdrawals.last.put(new Withdrawn(letter.value().error(), letter.key()), letter.offset());
                    }
                }
            }
        }
        return withdrawals;
    }

    boolean cover(SourceKey key, DeadLetter letter, long offset) {
        return last.getOrDefault(new Withdrawn(letter.error(), key), -1L) > offset;
    }
}
