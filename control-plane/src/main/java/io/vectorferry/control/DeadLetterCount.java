package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DeadLetterState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Counts the letters that nobody has dealt with. They are read, not subtracted by offset: transaction markers have offsets too. For one thread. */
public final class DeadLetterCount implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 500;
    private static final Duration EXPIRY_LOOK = Duration.ofSeconds(30);

    private final KafkaConsumer<SourceKey, DeadLetter> consumer;
    private final String topic;
    /** Of each partition the offsets of the letters that were read and have not left the log, in order. */
    private final Map<TopicPartition, ArrayDeque<Long>> standing = new HashMap<>();

    private long lookAgainNanos = System.nanoTime();

    public DeadLetterCount(KafkaConnection kafka, Topics topics) {
        topic = topics.deadLetters().name();
        consumer = kafka.consumer(topics.deadLetters(), MAX_POLL_RECORDS);
        var partitions = DeadLetters.partitions(topics);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    public long open(ControlView view) {
        for (var letter : consumer.poll(Duration.ZERO)) {
            standing.computeIfAbsent(new TopicPartition(letter.topic(), letter.partition()), p -> new ArrayDeque<>())
                    .add(letter.offset());
        }
        forgetExpired();
        // Marks outlive their letters; one of a letter that has left the log closes nothing any more.
        long dealtWith = view.withPrefix("dead-letter/").values().stream()
                .map(Control::getDeadLetterState)
                .filter(this::stands)
                .count();
        return standing.values().stream().mapToLong(ArrayDeque::size).sum() - dealtWith;
    }

    private boolean stands(DeadLetterState mark) {
        ArrayDeque<Long> letters = standing.get(new TopicPartition(topic, mark.getPartition()));
        return letters != null
                && !letters.isEmpty()
                && mark.getOffset() >= letters.getFirst()
                && mark.getOffset() <= letters.getLast();
    }

    private void forgetExpired() {
        if (System.nanoTime() - lookAgainNanos < 0) {
            return;
        }
        lookAgainNanos = System.nanoTime() + EXPIRY_LOOK.toNanos();
        consumer.beginningOffsets(consumer.assignment()).forEach((partition, beginning) -> {
            ArrayDeque<Long> letters = standing.getOrDefault(partition, new ArrayDeque<>());
            while (!letters.isEmpty() && letters.getFirst() < beginning) {
                letters.removeFirst();
            }
        });
    }

    @Override
    public void close() {
        consumer.close();
    }
}
