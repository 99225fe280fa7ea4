package io.vectorferry.control.deadletters;

import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.wire.DeadLetterState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the letters that nobody has dealt with. They are read, not subtracted by offset: transaction markers have offsets too. For the thread that refreshes the view. */
public final class DeadLetterCount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetterCount.class);
    private static final int MAX_POLL_RECORDS = 500;
    private static final Duration EXPIRY_LOOK = Duration.ofSeconds(30);

    /**
     * Limit of the wait: if Kafka is unavailable, the count stays as it is, because the status must not wait for it.
     */
    private static final Duration EXPIRY_WAIT = Duration.ofSeconds(2);

    private final TopicReader<SourceKey, DeadLetter> reader;
    private final OpenLetters letters = new OpenLetters();
    private final DeadLetterMarks marks = new DeadLetterMarks();
    private final Map<TopicPartition, Long> beginnings = new HashMap<>();
    private long lookAgainNanos = System.nanoTime();

    /** @param view knows what has become of each letter */
    public DeadLetterCount(KafkaConnection kafka, Topics topics, ControlView view) {
        reader = new TopicReader<>(kafka, topics.deadLetters(), MAX_POLL_RECORDS);
        view.follow(ControlKey.DEAD_LETTERS, (key, mark) -> {
            marks.take(key, mark);
            if (mark.hasDeadLetterState()) {
                DeadLetterState state = mark.getDeadLetterState();
                letters.dealtWith(state.getPartition(), state.getOffset(), DeadLetterMarks.last(state));
            }
        });
    }

    /** Reads every letter that was written before the call. */
    public void refresh() {
        reader.readToEnd(this::take);
    }

    /** Takes what has been read by now into account. */
    public long open() {
        take(reader.poll(Duration.ZERO));
        lookForExpired();
        return letters.open();
    }

    private void take(ConsumerRecords<SourceKey, DeadLetter> read) {
        read.forEach(letters::take);
    }

    private void lookForExpired() {
        if (System.nanoTime() - lookAgainNanos < 0) {
            return;
        }
        lookAgainNanos = System.nanoTime() + EXPIRY_LOOK.toNanos();
        try {
            reader.beginnings(EXPIRY_WAIT).forEach((partition, beginning) -> {
                Long before = beginnings.put(partition, beginning);
                if (before == null || before < beginning) {
                    letters.forgetBefore(partition.partition(), beginning);
                }
            });
        } catch (TimeoutException e) {
            LOG.debug("the first offset of the dead letters is not known at the moment", e);
        }
    }

    /** Takes the marks of letters that have left the log out of {@code control}. */
    public void removeExpiredMarks(ControlPublisher control) {
        beginnings.forEach((partition, beginning) ->
                marks.before(partition.partition(), beginning).forEach(control::remove));
    }

    @Override
    public void close() {
        reader.close();
    }
}
