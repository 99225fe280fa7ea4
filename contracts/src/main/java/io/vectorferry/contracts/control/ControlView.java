package io.vectorferry.contracts.control;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.wire.Control;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** The last message of every control key. {@link #refresh} belongs to one thread; the reads are safe for any. */
public final class ControlView implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 5_000;
    private static final Duration POLL = Duration.ofMillis(100);

    private final KafkaConsumer<ControlKey, Control> consumer;
    private final TopicPartition partition;
    private final ConcurrentSkipListMap<String, Control> latest = new ConcurrentSkipListMap<>();

    public ControlView(KafkaConnection kafka, TopicSpec<ControlKey, Control> topic) {
        consumer = kafka.consumer(topic, MAX_POLL_RECORDS);
        partition = new TopicPartition(topic.name(), 0);
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
    }

    /** Reads until nothing committed before the call is unread. */
    public void refresh() {
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        while (consumer.position(partition) < end) {
            take(consumer.poll(POLL));
        }
    }

    /** Waits up to {@code wait} for something new and takes it. */
    public void poll(Duration wait) {
        take(consumer.poll(wait));
    }

    public Optional<Control> get(ControlKey key) {
        return Optional.ofNullable(latest.get(key.text()));
    }

    /** Every key that starts so, in order, as a copy. */
    public Map<String, Control> withPrefix(String prefix) {
        return new TreeMap<>(latest.subMap(prefix, prefix + Character.MAX_VALUE));
    }

    private void take(ConsumerRecords<ControlKey, Control> polled) {
        for (var record : polled) {
            if (record.value().getKindCase() == Control.KindCase.KIND_NOT_SET) {
                latest.remove(record.key().text());
            } else {
                latest.put(record.key().text(), record.value());
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
