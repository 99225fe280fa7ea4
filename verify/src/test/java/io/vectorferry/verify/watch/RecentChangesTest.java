package io.vectorferry.verify.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicEnds;
import io.vectorferry.contracts.kafka.TopicKeys;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Keys out of the changes topic of a real broker. */
public class RecentChangesTest {
    private static final int MANY = 20_000;

    @TempDir
    public static Path directory;

    private static EmbeddedBroker broker;
    private static KafkaConnection kafka;

    private Topics topics;

    @BeforeAll
    public static void start() {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void topics(TestInfo test) {
        topics = Topics.of(test.getTestMethod().orElseThrow().getName(), 2);
        ensure(topics.changes());
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

    @Test
    void allKeysBehindAPlaceAreReadAndOnceOneOfThemIsGoneNone() throws Exception {
        send(0, 10);
        TopicEnds place = TopicEnds.now(kafka, List.of(topics.changes()));
        send(10, 30);
        send(20, 40);
        assertThat(keysSince(place)).containsExactlyInAnyOrderElementsOf(keys(10, 40));

        TopicEnds later = TopicEnds.now(kafka, List.of(topics.changes()));
        assertThat(keysSince(later)).isEmpty();
        deleteAll();
        assertThat(keysSince(later)).isEmpty();
        assertThatThrownBy(() -> keysSince(place))
                .isInstanceOfSatisfying(FerryException.class, refused -> assertThat(refused.remedy())
                        .contains("ferry verify --full"))
                .hasMessageContaining("no longer has all");

        try (Admin admin = kafka.admin()) {
            admin.deleteTopics(List.of(topics.changes().name())).all().get();
        }
        ensure(topics.changes());
        assertThatThrownBy(() -> keysSince(later)).hasMessageContaining("was deleted and created again");
    }

    private Set<SourceKey> keysSince(TopicEnds place) {
        Set<SourceKey> found = new HashSet<>();
        new TopicKeys(kafka, place).read(topics.changes(), found::addAll);
        return found;
    }

    private void deleteAll() throws Exception {
        Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
        for (int partition = 0; partition < topics.changes().partitions(); partition++) {
            all.put(new TopicPartition(topics.changes().name(), partition), RecordsToDelete.beforeOffset(-1));
        }
        try (Admin admin = kafka.admin()) {
            admin.deleteRecords(all).all().get();
        }
    }

    private static void ensure(TopicSpec<?, ?> topic) {
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(List.of(topic));
        }
    }

    private void send(long from, long to) {
        try (KafkaProducer<SourceKey, Change> producer = kafka.producer(topics.changes())) {
            for (SourceKey key : keys(from, to)) {
                var unused = producer.send(new ProducerRecord<>(
                        topics.changes().name(), key, new Change.Delete(SourcePosition.snapshot(1), 0)));
            }
            Change barrier = new Change.BarrierMark(new Barrier("b", 1, "", 1, 0));
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
