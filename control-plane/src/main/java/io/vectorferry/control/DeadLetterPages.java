package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** The letters that stand in the topic when this is made, the oldest first, some at a time: each carries its original, which may be large. For one thread. */
public final class DeadLetterPages implements AutoCloseable {
    /** The most that a page holds. */
    public static final int PAGE_LETTERS = 1_000;

    private static final int MAX_POLL_RECORDS = 100;
    private static final Duration POLL = Duration.ofMillis(200);

    private final KafkaConsumer<SourceKey, DeadLetter> consumer;
    private final Map<TopicPartition, Long> ends;
    private final ControlView view;
    private final Predicate<DeadLetters.Entry> wanted;
    private final KafkaConnection kafka;
    private final Topics topics;
    private @Nullable Withdrawals withdrawals;

    /** @param view refreshed: it knows what has become of each letter */
    public DeadLetterPages(
            KafkaConnection kafka, Topics topics, ControlView view, Predicate<DeadLetters.Entry> wanted) {
        this.view = view;
        this.wanted = wanted;
        this.kafka = kafka;
        this.topics = topics;
        List<TopicPartition> partitions = DeadLetters.partitions(topics);
        consumer = kafka.consumer(topics.deadLetters(), MAX_POLL_RECORDS);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        ends = consumer.endOffsets(partitions);
    }

    /** The next of those that are wanted; empty when there are no more. */
    public List<DeadLetters.Entry> next() {
        List<DeadLetters.Entry> page = new ArrayList<>();
        while (page.size() <= PAGE_LETTERS - MAX_POLL_RECORDS && hasMore()) {
            for (var found : consumer.poll(POLL)) {
                if (found.value().withdrawn()) {
                    continue;
                }
                var entry = new DeadLetters.Entry(
                        found.partition(), found.offset(), found.key(), found.value(), state(found));
                if (wanted.test(entry)) {
                    page.add(entry);
                }
            }
        }
        return page;
    }

    private String state(ConsumerRecord<SourceKey, DeadLetter> found) {
        return view.get(ControlKey.deadLetter(found.partition(), found.offset()))
                .map(control -> control.getDeadLetterState().getState())
                .orElseGet(() -> isWithdrawn(found) ? "withdrawn" : "open");
    }

    /** The topic is read once more where there are such letters at all. */
    private boolean isWithdrawn(ConsumerRecord<SourceKey, DeadLetter> found) {
        if (found.value().error() != ErrorType.ORPHAN_REFERENCE) {
            return false;
        }
        Withdrawals known = withdrawals;
        if (known == null) {
            known = Withdrawals.read(kafka, topics);
            withdrawals = known;
        }
        return known.cover(found.key(), found.value(), found.offset());
    }

    private boolean hasMore() {
        return ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue());
    }

    @Override
    public void close() {
        consumer.close();
    }
}
