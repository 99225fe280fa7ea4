package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.DeadLetterState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Counts the letters that nobody has dealt with. They are read, not subtracted by offset: transaction markers have offsets too. For one thread. */
public final class DeadLetterCount implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 500;
    private static final Duration EXPIRY_LOOK = Duration.ofSeconds(30);

    private final KafkaConsumer<SourceKey, DeadLetter> consumer;
    private final String topic;
    /** Of each partition the letters that were read, neither withdrawn nor gone from the log, under their offsets. */
    private final Map<TopicPartition, TreeMap<Long, Standing>> standing = new HashMap<>();
    /** Of those that may be withdrawn, which letters stand. */
    private final Map<Standing, List<Long>> withdrawable = new HashMap<>();

    private long lookAgainNanos = System.nanoTime();

    /** @param key of a letter that may be withdrawn; of others it is not kept */
    private record Standing(ErrorType error, @Nullable SourceKey key) {
        static Standing of(SourceKey key, DeadLetter letter) {
            return new Standing(letter.error(), letter.error() == ErrorType.ORPHAN_REFERENCE ? key : null);
        }
    }

    public DeadLetterCount(KafkaConnection kafka, Topics topics) {
        topic = topics.deadLetters().name();
        consumer = kafka.consumer(topics.deadLetters(), MAX_POLL_RECORDS);
        var partitions = DeadLetters.partitions(topics);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    public long open(ControlView view) {
        for (var letter : consumer.poll(Duration.ZERO)) {
            take(letter);
        }
        forgetExpired();
        // Marks outlive their letters; one of a letter that has left the log closes nothing any more.
        long dealtWith = view.withPrefix("dead-letter/").values().stream()
                .map(Control::getDeadLetterState)
                .filter(this::stands)
                .count();
        return standing.values().stream().mapToLong(TreeMap::size).sum() - dealtWith;
    }

    private void take(ConsumerRecord<SourceKey, DeadLetter> letter) {
        Standing one = Standing.of(letter.key(), letter.value());
        TreeMap<Long, Standing> ofPartition =
                standing.computeIfAbsent(new TopicPartition(letter.topic(), letter.partition()), p -> new TreeMap<>());
        if (letter.value().withdrawn()) {
            List<Long> withdrawn = withdrawable.remove(one);
            if (withdrawn != null) {
                withdrawn.forEach(ofPartition::remove);
            }
            return;
        }
        ofPartition.put(letter.offset(), one);
        if (one.key() != null) {
            withdrawable.computeIfAbsent(one, o -> new ArrayList<>()).add(letter.offset());
        }
    }

    private boolean stands(DeadLetterState mark) {
        TreeMap<Long, Standing> letters = standing.get(new TopicPartition(topic, mark.getPartition()));
        return letters != null && letters.containsKey(mark.getOffset());
    }

    private void forgetExpired() {
        if (System.nanoTime() - lookAgainNanos < 0) {
            return;
        }
        lookAgainNanos = System.nanoTime() + EXPIRY_LOOK.toNanos();
        consumer.beginningOffsets(consumer.assignment()).forEach((partition, beginning) -> {
            var expired = standing.getOrDefault(partition, new TreeMap<>()).headMap(beginning);
            expired.values().forEach(withdrawable::remove);
            expired.clear();
        });
    }

    @Override
    public void close() {
        consumer.close();
    }
}
