package io.vectorferry.control.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.deploy.EmbeddedBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys out of the changes topic of a real broker. */
class RecentChangesTest {
    private static final int MANY = 20_000;

    @TempDir
    Path directory;

    private final Topics topics = Topics.of("p", 2);
    private EmbeddedBroker broker;
    private KafkaConnection kafka;

    @BeforeEach
    void start() {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void fewChangesAreDrawnAllOfThemOnceAndNoneThatWasThereBefore() {
        send(0, 10);
        try (RecentChanges recent = new RecentChanges(kafka, topics.changes(), 1)) {
            assertThat(recent.draw(100)).isEmpty();
            send(10, 30);
            assertThat(recent.draw(100)).containsExactlyInAnyOrderElementsOf(keys(10, 30));
            assertThat(recent.draw(100)).isEmpty();
            send(30, 40);
            assertThat(recent.draw(5)).hasSize(5).isSubsetOf(keys(30, 40));
        }
    }

    @Test
    void ofManyChangesAFewAreDrawnFromAnyPlaceAndTheSameOnesByTheSameSeed() {
        try (RecentChanges recent = new RecentChanges(kafka, topics.changes(), 7);
                RecentChanges same = new RecentChanges(kafka, topics.changes(), 7);
                RecentChanges other = new RecentChanges(kafka, topics.changes(), 8)) {
            send(0, MANY);

            List<SourceKey> drawn = recent.draw(200);

            assertThat(drawn).hasSize(200).doesNotHaveDuplicates().isSubsetOf(keys(0, MANY));
            assertThat(same.draw(200)).containsExactlyInAnyOrderElementsOf(drawn);
            assertThat(other.draw(200)).doesNotContainAnyElementsOf(drawn);
        }
    }

    private void send(long from, long to) {
        try (KafkaProducer<SourceKey, Change> producer = kafka.producer(topics.changes())) {
            for (SourceKey key : keys(from, to)) {
                var unused = producer.send(new ProducerRecord<>(
                        topics.changes().name(), key, new Change.Delete(SourcePosition.snapshot(1), 0)));
            }
            Change barrier = new Change.BarrierMark(new Barrier("b", 1, ""));
            for (int partition = 0; partition < topics.changes().partitions(); partition++) {
                var unused = producer.send(new ProducerRecord<>(topics.changes().name(), partition, null, barrier));
            }
        }
    }

    private static List<SourceKey> keys(long from, long to) {
        return LongStream.range(from, to)
                .mapToObj(id -> new SourceKey("rows", List.of(new Value.Whole(id))))
                .toList();
    }
}
