package io.vectorferry.control;

import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.SourceKey;
import java.time.Duration;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** Counts the letters that nobody has dealt with. They are read, not subtracted by offset: transaction markers have offsets too. For one thread. */
public final class DeadLetterCount implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 500;

    private final KafkaConsumer<SourceKey, DeadLetter> consumer;
    private long seen;

    public DeadLetterCount(KafkaConnection kafka, Topics topics) {
        consumer = kafka.consumer(topics.deadLetters(), MAX_POLL_RECORDS);
        var partitions = DeadLetters.partitions(topics);
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    public long open(ControlView view) {
        seen += consumer.poll(Duration.ZERO).count();
        return Math.max(0, seen - view.withPrefix("dead-letter/").size());
    }

    @Override
    public void close() {
        consumer.close();
    }
}
