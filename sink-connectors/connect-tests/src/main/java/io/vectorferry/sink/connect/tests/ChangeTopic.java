package io.vectorferry.sink.connect.tests;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A topic to which change events are written as a source connector would. */
public final class ChangeTopic implements AutoCloseable {
    private final String bootstrapServers;
    private final String name;
    private final KafkaProducer<byte[], byte[]> producer;
    private final List<Future<RecordMetadata>> sent = new ArrayList<>();

    /** Made, and waited for: a topic that was just made loses records. */
    public ChangeTopic(String bootstrapServers, String name, int partitions) {
        this.bootstrapServers = bootstrapServers;
        this.name = name;
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)));
            for (int partition = 0; partition < partitions; partition++) {
                TopicPartition each = new TopicPartition(name, partition);
                Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> isThere(admin, each));
            }
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers, "linger.ms", "5"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static boolean isThere(Admin admin, TopicPartition partition) throws InterruptedException {
        try {
            admin.listOffsets(Map.of(partition, OffsetSpec.latest())).all().get();
            return true;
        } catch (ExecutionException e) {
            return false;
        }
    }

    public String name() {
        return name;
    }

    /** @param value null: a tombstone */
    public void send(@Nullable String key, @Nullable String value) {
        send(bytes(key), bytes(value));
    }

    public void send(byte @Nullable [] key, byte @Nullable [] value) {
        sent.add(producer.send(new ProducerRecord<>(name, key, value)));
    }

    public void sendTo(int partition, @Nullable String key, @Nullable String value) {
        sent.add(producer.send(new ProducerRecord<>(name, partition, bytes(key), bytes(value))));
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    /** Waits until every record sent so far is in the topic. */
    public void flush() {
        for (Future<RecordMetadata> each : sent) {
            try {
                each.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        sent.clear();
    }

    /** Returns everything in partition 0 of another topic. */
    public List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers, "auto.offset.reset", "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            if (!consumer.listTopics().containsKey(topic)) {
                return records;
            }
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
        }
        return records;
    }

    @Override
    public void close() {
        producer.close();
    }
}
