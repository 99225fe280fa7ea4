package io.vectorferry.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.Codec;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class TopicReaderTest {
    private static final int MAX_POLL_RECORDS = 3;

    private static final Codec<String> TEXT = new Codec<>() {
        @Override
        public byte[] encode(String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String decode(byte @Nullable [] bytes) {
            return new String(Objects.requireNonNull(bytes), StandardCharsets.UTF_8);
        }
    };

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static KafkaConnection kafka;

    @BeforeAll
    public static void start() {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void everyPartitionIsReadToItsEndAndLaterOnFromThere() {
        TopicSpec<String, String> topic = topic("each");
        for (int i = 0; i < 10; i++) {
            send(topic, i % 2, "r" + i);
        }
        try (var reader = new TopicReader<>(kafka, topic, MAX_POLL_RECORDS)) {
            assertThat(rest(reader)).hasSize(10).contains("r0", "r9");
            assertThat(rest(reader)).isEmpty();
            send(topic, 1, "later");
            assertThat(rest(reader)).containsExactly("later");
            assertThat(reader.position(0)).isEqualTo(5);
            assertThat(reader.position(1)).isEqualTo(6);
            reader.seek(Map.of(new TopicPartition(topic.name(), 1), 4L));
            assertThat(rest(reader)).containsExactly("r9", "later");
            reader.seekToBeginning();
            assertThat(rest(reader)).hasSize(11);
        }
        try (var reader = new TopicReader<>(kafka, topic, 1, MAX_POLL_RECORDS)) {
            assertThat(rest(reader)).containsExactly("r1", "r3", "r5", "r7", "r9", "later");
        }
    }

    /** The end of a topic is then a marker, which is no record, or lies before records that nobody may see yet. */
    @Test
    void anOpenTransactionIsNotWaitedForAndAnAbortedOneIsNotShown() {
        TopicSpec<String, String> topic = topic("transactions");
        try (var reader = new TopicReader<>(kafka, topic, MAX_POLL_RECORDS);
                KafkaProducer<byte[], byte[]> producer = transactional()) {
            producer.beginTransaction();
            var unused = producer.send(record(topic, "aborted"));
            producer.flush();
            assertThat(rest(reader)).isEmpty();
            producer.abortTransaction();
            assertThat(rest(reader)).isEmpty();
            producer.beginTransaction();
            var unusedToo = producer.send(record(topic, "committed"));
            producer.flush();
            assertThat(rest(reader)).isEmpty();
            producer.commitTransaction();
            assertThat(rest(reader)).containsExactly("committed");
        }
    }

    @Test
    void whatHasExpiredIsPassedOver() throws Exception {
        TopicSpec<String, String> topic = topic("expired");
        for (int i = 0; i < 4; i++) {
            send(topic, 0, "r" + i);
        }
        try (Admin admin = kafka.admin();
                var reader = new TopicReader<>(kafka, topic, MAX_POLL_RECORDS)) {
            TopicPartition partition = new TopicPartition(topic.name(), 0);
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(3)))
                    .all()
                    .get();
            assertThat(reader.beginnings(Duration.ofSeconds(10)))
                    .containsEntry(partition, 3L)
                    .containsEntry(new TopicPartition(topic.name(), 1), 0L);
            assertThat(rest(reader)).containsExactly("r3");
        }
    }

    private static List<String> rest(TopicReader<String, String> reader) {
        List<String> values = new ArrayList<>();
        reader.readToEnd(some -> some.forEach(record -> values.add(record.value())));
        return values;
    }

    private static TopicSpec<String, String> topic(String name) {
        TopicSpec<String, String> topic = new TopicSpec<>(name, TEXT, TEXT, 2, Map.of());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(List.of(topic));
        }
        return topic;
    }

    private static void send(TopicSpec<String, String> topic, int partition, String value) {
        try (KafkaProducer<String, String> producer = kafka.producer(topic)) {
            var unused = producer.send(new ProducerRecord<>(topic.name(), partition, "k", value));
            producer.flush();
        }
    }

    private static ProducerRecord<byte[], byte[]> record(TopicSpec<String, String> topic, String value) {
        return new ProducerRecord<>(topic.name(), 0, TEXT.encode("k"), TEXT.encode(value));
    }

    private static KafkaProducer<byte[], byte[]> transactional() {
        Map<String, Object> settings = new HashMap<>(kafka.clientSettings());
        settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "t");
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        return producer;
    }
}
