package io.vectorferry.deploy.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class EmbeddedBrokerCrashTest {
    private static final TopicPartition KEPT = new TopicPartition("kept", 0);
    private static final Duration START = Duration.ofSeconds(60);

    private static final int KILLS = Integer.getInteger("ferry.test.broker.kills", 4);
    private static final long COMMITS = 5;

    @TempDir
    public Path directory;

    @Test
    void keepsCommittedRecordsWhenItsProcessIsKilled() throws Exception {
        Path data = directory.resolve("data");
        Process process = BrokerProcess.start(data, directory.resolve("output"));
        try {
            produceInATransaction(awaitAddress(data));
        } finally {
            process.destroyForcibly().waitFor();
        }

        try (EmbeddedBroker broker = EmbeddedBroker.start(data);
                var consumer = new KafkaConsumer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed"),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            consumer.assign(List.of(KEPT));
            consumer.seekToBeginning(List.of(KEPT));
            List<String> read = new ArrayList<>();
            // A commit is acknowledged before its marker is in the partition: the new start may have to write it.
            await().pollInSameThread().atMost(START).untilAsserted(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(polled -> read.add(polled.value()));
                assertThat(read).containsExactly("a", "b", "c");
            });
        }
    }

    /** A commit decided just before the kill was once completed without its markers, and its readers waited for ever. */
    @Test
    void leavesNoTransactionOpenHoweverOftenItIsKilledInACommit() throws Exception {
        Path data = directory.resolve("data");
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = BrokerProcess.start(data, directory.resolve("output"));
            try {
                String address = awaitAddress(data);
                createTopic(address);
                CommittingClient.commit(address, KEPT, kill * COMMITS + 1, COMMITS, process::destroyForcibly);
            } finally {
                process.destroyForcibly().waitFor();
            }
        }

        try (EmbeddedBroker broker = EmbeddedBroker.start(data)) {
            assertThat(CommittingClient.committedOffset(broker.bootstrapServers(), KEPT, START))
                    .isEqualTo(KILLS * COMMITS);
        }
    }

    /** A stop in the midst of commits: the broker's own orderly way of giving up its partitions loses their markers too. */
    @Test
    void leavesNoTransactionOpenHoweverOftenItIsStoppedInACommit() throws Exception {
        Path data = directory.resolve("data");
        long acknowledged = 0;
        for (int stop = 0; stop < KILLS; stop++) {
            CommittingClient.Running client;
            try (EmbeddedBroker broker = EmbeddedBroker.start(data)) {
                createTopic(broker.bootstrapServers());
                client = CommittingClient.running(broker.bootstrapServers(), KEPT, acknowledged + 1);
                await().atMost(START).until(() -> client.acknowledged() > 20);
            }
            acknowledged += client.stop();
        }

        try (EmbeddedBroker broker = EmbeddedBroker.start(data)) {
            assertThat(CommittingClient.committedOffset(broker.bootstrapServers(), KEPT, START))
                    .isGreaterThanOrEqualTo(acknowledged);
        }
    }

    @Test
    void refusesAnotherProcessEvenAfterItsOwnAskedWhetherItRuns() throws Exception {
        Path data = directory.resolve("data");
        Path output = directory.resolve("output");
        try (EmbeddedBroker broker = EmbeddedBroker.start(data)) {
            assertThat(EmbeddedBroker.isRunning(data)).isTrue();

            Process second = BrokerProcess.start(data, output);
            boolean ended = second.waitFor(START.toSeconds(), TimeUnit.SECONDS);
            second.destroyForcibly();

            assertThat(ended).isTrue();
            assertThat(second.exitValue()).isNotZero();
            assertThat(Files.readString(output)).contains("uses the data directory " + data);
            assertThat(EmbeddedBroker.lastAddress(data)).isEqualTo(broker.bootstrapServers());
        }
        assertThat(EmbeddedBroker.isRunning(data)).isFalse();
    }

    private static String awaitAddress(Path data) {
        await().atMost(START).until(() -> EmbeddedBroker.isRunning(data) && EmbeddedBroker.lastAddress(data) != null);
        return String.valueOf(EmbeddedBroker.lastAddress(data));
    }

    private static void createTopic(String address) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", address))) {
            admin.createTopics(List.of(new NewTopic(KEPT.topic(), Optional.of(1), Optional.empty())))
                    .all()
                    .get();
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(TopicExistsException.class);
        }
    }

    private static void produceInATransaction(String address) throws Exception {
        createTopic(address);
        Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", address);
        settings.put("transactional.id", "crash-test");
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            for (String value : List.of("a", "b", "c")) {
                producer.send(new ProducerRecord<>(KEPT.topic(), value, value)).get();
            }
            producer.commitTransaction();
        }
    }
}
