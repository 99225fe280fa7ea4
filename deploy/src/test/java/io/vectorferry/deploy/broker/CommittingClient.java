package io.vectorferry.deploy.broker;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Commits a record and an offset a transaction. */
public final class CommittingClient {
    private static final String GROUP = "committing";
    private static final long BURST = 10;

    private CommittingClient() {}

    /** Calls {@code afterwards} the moment that the last of the commits is acknowledged, which is before its markers are written. */
    static void commit(String address, TopicPartition to, long firstOffset, long commits, Runnable afterwards) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", address);
        settings.put("transactional.id", GROUP);
        KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
        try (var group = consumer(address)) {
            producer.initTransactions();
            for (long offset = firstOffset; offset < firstOffset + commits; offset++) {
                producer.beginTransaction();
                var unused = producer.send(new ProducerRecord<>(to.topic(), Long.toString(offset)));
                producer.sendOffsetsToTransaction(Map.of(to, new OffsetAndMetadata(offset)), group.groupMetadata());
                producer.commitTransaction();
            }
            afterwards.run();
        } finally {
            producer.close(Duration.ZERO);
        }
    }

    /** One that goes on until it is stopped. */
    static Running running(String address, TopicPartition to, long firstOffset) {
        return new Running(address, to, firstOffset);
    }

    public static final class Running {
        private final AtomicLong acknowledged = new AtomicLong();
        private final Thread thread;

        private Running(String address, TopicPartition to, long firstOffset) {
            thread = Thread.ofPlatform().start(() -> {
                for (long next = firstOffset; !Thread.currentThread().isInterrupted(); next += BURST) {
                    commit(address, to, next, BURST, () -> acknowledged.addAndGet(BURST));
                }
            });
            thread.setUncaughtExceptionHandler((t, e) -> {});
        }

        long acknowledged() {
            return acknowledged.get();
        }

        /** @return the commits that were acknowledged */
        public long stop() throws InterruptedException {
            thread.interrupt();
            thread.join();
            return acknowledged.get();
        }
    }

    /** The offset that a stable read shows. */
    static long committedOffset(String address, TopicPartition of, Duration timeout) {
        try (var consumer = consumer(address)) {
            OffsetAndMetadata committed =
                    consumer.committed(Set.of(of), timeout).get(of);
            return committed == null ? 0 : committed.offset();
        }
    }

    private static KafkaConsumer<String, String> consumer(String address) {
        return new KafkaConsumer<>(
                Map.of("bootstrap.servers", address, "group.id", GROUP, "isolation.level", "read_committed"),
                new StringDeserializer(),
                new StringDeserializer());
    }
}
