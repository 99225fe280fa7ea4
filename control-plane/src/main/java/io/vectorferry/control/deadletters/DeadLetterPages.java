package io.vectorferry.control.deadletters;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.LetterState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The letters in the topic at the time of creation, oldest first, in pages: each contains its original, which may be
 * large. For one thread.
 */
public final class DeadLetterPages implements AutoCloseable {
    /** The most that a page holds. */
    public static final int PAGE_LETTERS = 1_000;

    /** Nor does a page exceed this size. */
    private static final long PAGE_BYTES = 32L << 20;

    private static final int MAX_POLL_RECORDS = 100;
    private static final Duration POLL = Duration.ofMillis(200);

    private final TopicReader<SourceKey, DeadLetter> reader;
    private final Map<TopicPartition, Long> ends;
    private final DeadLetterMarks marks = new DeadLetterMarks();
    private final OpenLetters standing = new OpenLetters();
    private final Predicate<DeadLetters.Entry> wanted;

    /** @param view refreshed: it knows what has become of each letter */
    public DeadLetterPages(
            KafkaConnection kafka, Topics topics, ControlView view, Predicate<DeadLetters.Entry> wanted) {
        this.wanted = wanted;
        reader = new TopicReader<>(kafka, topics.deadLetters(), MAX_POLL_RECORDS);
        ends = reader.ends();
        view.withPrefix(ControlKey.DEAD_LETTERS).forEach(marks::take);
        // Whether a letter stands is known when those behind it have been read: the topic is read twice.
        while (reader.isBefore(ends)) {
            for (var found : reader.poll(POLL)) {
                if (isWithin(found)) {
                    standing.take(found);
                }
            }
        }
        reader.seekToBeginning();
    }

    /** The next of those that are wanted; empty when there are no more. */
    public List<DeadLetters.Entry> next() {
        List<DeadLetters.Entry> page = new ArrayList<>();
        long bytes = 0;
        while (page.size() <= PAGE_LETTERS - MAX_POLL_RECORDS && bytes < PAGE_BYTES && reader.isBefore(ends)) {
            for (var found : reader.poll(POLL)) {
                if (found.value().withdrawn() || !isWithin(found)) {
                    continue;
                }
                var entry = new DeadLetters.Entry(
                        found.partition(),
                        found.offset(),
                        OpenLetters.keyOf(found),
                        found.value(),
                        state(found.partition(), found.offset()));
                if (wanted.test(entry)) {
                    page.add(entry);
                    bytes += found.serializedValueSize();
                }
            }
        }
        return page;
    }

    private boolean isWithin(ConsumerRecord<?, ?> found) {
        return found.offset() < ends.getOrDefault(new TopicPartition(found.topic(), found.partition()), 0L);
    }

    private LetterState state(int partition, long offset) {
        return marks.of(partition, offset).orElseGet(() -> standing.of(partition, offset));
    }

    @Override
    public void close() {
        reader.close();
    }
}
