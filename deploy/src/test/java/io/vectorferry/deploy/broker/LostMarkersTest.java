package io.vectorferry.deploy.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of transactions is synced, the other partitions lose the last that was written to them. */
public class LostMarkersTest {
    private static final TopicPartition KEPT = new TopicPartition("kept", 0);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    public Path directory;

    @BeforeEach
    void createTopic() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory);
                Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(KEPT.topic(), Optional.of(1), Optional.empty())))
                    .all()
                    .get();
        }
    }

    @Test
    void whatWasCommittedIsReadAlsoWhenItsMarkersAreLost() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            CommittingClient.commit(broker.bootstrapServers(), KEPT, 1, 1, () -> {});
            assertThat(CommittingClient.committedOffset(broker.bootstrapServers(), KEPT, PATIENCE))
                    .isEqualTo(1);
            assertThat(committed(broker, 1)).containsExactly("1");
        }

        loseFromTheFirstMarkerOn(KEPT.topic() + "-");
        loseFromTheFirstMarkerOn("__consumer_offsets-");

        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThat(committed(broker, 1)).containsExactly("1");
            assertThat(CommittingClient.committedOffset(broker.bootstrapServers(), KEPT, PATIENCE))
                    .isEqualTo(1);
        }
    }

    /** The producer's next transaction was under way in the same partition, and it is aborted. */
    @Test
    void theEndOfTheNextTransactionDoesNotCountForTheOneBefore() throws Exception {
        inTransactions(producer -> {
            send(producer, "committed");
            producer.commitTransaction();
            producer.beginTransaction();
            send(producer, "under way");
        });

        loseFromTheFirstMarkerOn(KEPT.topic() + "-");
        inTransactions(producer -> {
            send(producer, "after");
            producer.commitTransaction();
        });

        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThat(committed(broker, 2)).containsExactly("committed", "after");
        }
    }

    @Test
    void whatWasAbortedStaysAborted() throws Exception {
        inTransactions(producer -> {
            send(producer, "aborted");
            producer.abortTransaction();
            producer.beginTransaction();
            send(producer, "aborted too");
            producer.abortTransaction();
        });

        loseFromTheFirstMarkerOn(KEPT.topic() + "-");
        inTransactions(producer -> {
            send(producer, "after");
            producer.commitTransaction();
        });

        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            assertThat(committed(broker, 1)).containsExactly("after");
        }
    }

    private void inTransactions(Consumer<KafkaProducer<String, String>> work) {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory)) {
            Map<String, Object> settings = new HashMap<>();
            settings.put("bootstrap.servers", broker.bootstrapServers());
            settings.put("transactional.id", "test");
            var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer());
            try {
                producer.initTransactions();
                producer.beginTransaction();
                work.accept(producer);
            } finally {
                producer.close(Duration.ZERO);
            }
        }
    }

    private static void send(KafkaProducer<String, String> producer, String value) {
        var unused = producer.send(new ProducerRecord<>(KEPT.topic(), value));
        producer.flush();
    }

    private static List<String> committed(EmbeddedBroker broker, int records) {
        List<String> read = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed"),
                new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(List.of(KEPT));
            consumer.seekToBeginning(List.of(KEPT));
            await().pollInSameThread().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(polled -> read.add(polled.value()));
                return read.size() >= records;
            });
        }
        return read;
    }

    private void loseFromTheFirstMarkerOn(String partitions) throws IOException {
        Path log = directory.resolve("log");
        Files.deleteIfExists(log.resolve(".kafka_cleanshutdown"));
        try (Stream<Path> directories = Files.list(log)) {
            for (Path partition : directories
                    .filter(path -> log.relativize(path).toString().startsWith(partitions))
                    .toList()) {
                try (Stream<Path> files = Files.list(partition)) {
                    for (Path file : files.toList()) {
                        lose(file);
                    }
                }
            }
        }
    }

    private static void lose(Path file) throws IOException {
        String name = file.toString();
        if (name.endsWith("index") || name.endsWith(".snapshot")) {
            Files.delete(file);
        } else if (name.endsWith(".log")) {
            cutAtTheFirstMarker(file.toFile());
        }
    }

    private static void cutAtTheFirstMarker(File segment) throws IOException {
        long kept = 0;
        try (FileRecords records = FileRecords.open(segment)) {
            for (RecordBatch batch : records.batches()) {
                if (batch.isControlBatch()) {
                    break;
                }
                kept += batch.sizeInBytes();
            }
        }
        try (RandomAccessFile file = new RandomAccessFile(segment, "rw")) {
            file.setLength(kept);
        }
    }
}
