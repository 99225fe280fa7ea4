package io.vectorferry.control.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.control.ControlPublisher;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.LetterState;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ControlKey;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class DeadLettersTest {
    private static final int LETTERS = DeadLetterPages.PAGE_LETTERS + 200;

    @TempDir
    public Path directory;

    private final Topics topics = Topics.of("p", 2);
    private EmbeddedBroker broker;
    private KafkaConnection kafka;
    private DeadLetters letters;

    @BeforeEach
    public void start() {
        broker = EmbeddedBroker.start(directory);
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        letters = new DeadLetters(kafka, topics, Clock.systemUTC());
        send(LETTERS);
    }

    @AfterEach
    public void stop() {
        broker.close();
    }

    @Test
    void everyLetterIsSeenPageByPageThoughThereAreMoreThanOneHolds() {
        try (ControlView view = refreshed();
                DeadLetterPages pages = letters.pages(view, DeadLetters.Entry::isOpen)) {
            List<String> ids = new ArrayList<>();
            for (var page = pages.next(); !page.isEmpty(); page = pages.next()) {
                assertThat(page).hasSizeLessThanOrEqualTo(DeadLetterPages.PAGE_LETTERS);
                page.forEach(entry -> ids.add(entry.id()));
            }
            assertThat(ids).hasSize(LETTERS).doesNotHaveDuplicates();
        }
    }

    @Test
    void whatWasDealtWithIsSubtractedOnlyAsLongAsItStandsInTheLog() throws Exception {
        try (ControlView view = refreshed()) {
            letters.discard(letters.list(view).subList(0, 10));
        }
        assertOpen(LETTERS - 10);
        try (Admin admin = kafka.admin()) {
            // as retention does it: 20 letters go, 10 of them open
            admin.deleteRecords(Map.of(
                            new TopicPartition(topics.deadLetters().name(), 0), RecordsToDelete.beforeOffset(20)))
                    .all()
                    .get();
        }
        assertOpen(LETTERS - 20);
    }

    @Test
    void aLetterWithoutItsRowIsLeftOutOfARetryAndTold() {
        try (ControlView view = refreshed()) {
            List<DeadLetters.Entry> two = letters.list(view).subList(0, 2);
            assertThat(letters.retry(two)).isEqualTo(two);
            assertThat(DeadLetters.refusal(two.getFirst()).remedy()).contains("discard");
        }
    }

    @Test
    void aWithdrawalClosesTheLettersOfItsKeyThatStandBeforeItAndIsNoLetterItself() {
        SourceKey reference = new SourceKey("docs", List.of(new Value.Text("b")));
        SourceKey other = new SourceKey("docs", List.of(new Value.Text("c")));
        send(reference, orphan());
        send(other, orphan());
        send(reference, DeadLetter.withdrawal(ErrorType.ORPHAN_REFERENCE, "", "stream", 0));
        assertOpen(LETTERS + 1);
        send(reference, orphan());
        assertOpen(LETTERS + 2);

        try (ControlView view = refreshed();
                DeadLetterPages pages =
                        letters.pages(view, entry -> entry.letter().error() == ErrorType.ORPHAN_REFERENCE)) {
            assertThat(pages.next())
                    .extracting(entry -> ((Value.Text) entry.key().parts().getFirst()).value() + " " + entry.state())
                    .containsExactly("b withdrawn", "c open", "b open");
        }
    }

    @Test
    void oneBadRecordIsOneOpenLetterHoweverOftenItWasWritten() {
        SourceKey bad = new SourceKey("docs", List.of(new Value.Text("bad")));
        SourceKey unknown = new SourceKey("", List.of());
        send(bad, refused("sink/lake", 5));
        send(bad, refused("sink/lake", 5)); // after a kill
        send(bad, refused("sink/vectors", 5));
        send(bad, refused("sink/lake", 7)); // its next state is refused too
        send(bad, refused("sink/lake", 5)); // and after another kill the first comes once more
        send(unknown, refused("sink/lake", 1));
        send(unknown, refused("sink/lake", 2));
        send(unknown, refused("sink/lake", 2));

        assertOpen(LETTERS + 4);
        try (ControlView view = refreshed();
                DeadLetterPages pages =
                        letters.pages(view, entry -> entry.letter().stage().startsWith("sink"))) {
            assertThat(pages.next())
                    .extracting(entry -> entry.letter().stage() + " "
                            + entry.letter().position().place() + " " + entry.state())
                    .containsExactly(
                            "sink/lake 5 superseded",
                            "sink/lake 5 superseded",
                            "sink/vectors 5 open",
                            "sink/lake 7 open",
                            "sink/lake 5 superseded",
                            "sink/lake 1 open",
                            "sink/lake 2 superseded",
                            "sink/lake 2 open");
        }
        try (ControlView view = refreshed();
                DeadLetterPages open = letters.pages(
                        view, entry -> entry.isOpen() && entry.letter().stage().equals("sink/lake"))) {
            letters.discard(open.next());
        }
        assertOpen(LETTERS + 1);
    }

    @Test
    void manyLettersAreRetriedAtOnceInTheirOrderAndTheirMarksGoWithThem() throws Exception {
        List<DeadLetters.Entry> retried = new ArrayList<>();
        sendRefused(2_000);
        try (ControlView view = refreshed();
                DeadLetterPages pages = letters.pages(
                        view, entry -> entry.isOpen() && entry.letter().ofSink())) {
            for (var page = pages.next(); !page.isEmpty(); page = pages.next()) {
                assertThat(letters.retry(page)).isEmpty();
                retried.addAll(page);
            }
        }
        assertThat(retried).hasSize(2_000);
        List<SourceKey> sent = retried.stream().map(DeadLetters.Entry::key).toList();
        List<List<SourceKey>> redriven = redriven();
        assertThat(redriven.stream().flatMap(List::stream).toList()).containsExactlyInAnyOrderElementsOf(sent);
        assertThat(redriven).allSatisfy(ofPartition -> assertThat(ofPartition)
                .containsExactlyElementsOf(
                        sent.stream().filter(ofPartition::contains).toList()));
        try (ControlView view = refreshed();
                DeadLetterPages pages =
                        letters.pages(view, entry -> entry.letter().ofSink())) {
            assertThat(view.withPrefix(ControlKey.DEAD_LETTERS)).hasSizeLessThan(10);
            assertThat(pages.next()).allMatch(entry -> entry.state() == LetterState.RETRIED);
        }
        assertOpen(LETTERS);

        long beginning = retried.getLast().offset() + 1;
        try (Admin admin = kafka.admin()) {
            admin.deleteRecords(Map.of(
                            new TopicPartition(topics.deadLetters().name(), 0),
                            RecordsToDelete.beforeOffset(beginning)))
                    .all()
                    .get();
        }
        try (ControlView view = refreshed();
                ControlPublisher control = new ControlPublisher(kafka, topics.control());
                DeadLetterCount count = new DeadLetterCount(kafka, topics, view)) {
            assertThat(count.open()).isZero();
            count.removeExpiredMarks(control);
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                view.refresh();
                assertThat(view.withPrefix(ControlKey.DEAD_LETTERS)).isEmpty();
            });
        }
    }

    @Test
    void whatIsRetriedIsDurableBeforeItCountsAsRetried() {
        sendRefused(3);
        List<String> seen = new ArrayList<>();
        KafkaConnection durable = new KafkaConnection(broker.bootstrapServers(), Map.of(), () -> {
            try (ControlView view = refreshed()) {
                seen.add("sent %d, marked %d"
                        .formatted(
                                redriven().stream().mapToInt(List::size).sum(),
                                view.withPrefix(ControlKey.DEAD_LETTERS).size()));
            }
        });
        try (ControlView view = refreshed();
                DeadLetterPages pages =
                        letters.pages(view, entry -> entry.letter().ofSink())) {
            new DeadLetters(durable, topics, Clock.systemUTC()).retry(pages.next());
        }
        assertThat(seen).contains("sent 3, marked 0");
    }

    private void sendRefused(int count) {
        try (KafkaProducer<SourceKey, DeadLetter> producer = kafka.producer(topics.deadLetters())) {
            for (int i = 0; i < count; i++) {
                SourceKey key = new SourceKey("docs", List.of(new Value.Whole(i)));
                var unused =
                        producer.send(new ProducerRecord<>(topics.deadLetters().name(), key, refused("sink/lake", i)));
            }
        }
    }

    /** Of each partition. */
    private List<List<SourceKey>> redriven() {
        Map<Integer, List<SourceKey>> found = new java.util.TreeMap<>();
        try (var reader = new TopicReader<>(kafka, topics.changes(), 5_000)) {
            reader.readToEnd(
                    some -> some.forEach(record -> found.computeIfAbsent(record.partition(), p -> new ArrayList<>())
                            .add(record.key())));
        }
        return List.copyOf(found.values());
    }

    private static DeadLetter refused(String stage, long place) {
        return new DeadLetter(
                ErrorType.SCHEMA,
                "refused",
                stage,
                true,
                0,
                new DeadLetter.Origin("p.records", 0, place),
                SourcePosition.stream(1, place, 0),
                ByteString.copyFromUtf8("the record"));
    }

    private static DeadLetter orphan() {
        return letter(ErrorType.ORPHAN_REFERENCE);
    }

    private static DeadLetter letter(ErrorType error) {
        return new DeadLetter(
                error,
                "bad",
                "stream",
                false,
                0,
                new DeadLetter.Origin("", 0, 0),
                SourcePosition.snapshot(1),
                ByteString.EMPTY);
    }

    private void send(SourceKey key, DeadLetter letter) {
        try (KafkaProducer<SourceKey, DeadLetter> producer = kafka.producer(topics.deadLetters())) {
            producer.send(new ProducerRecord<>(topics.deadLetters().name(), key, letter))
                    .get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void assertOpen(int expected) {
        try (ControlView view = refreshed();
                DeadLetterCount count = new DeadLetterCount(kafka, topics, view)) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(count.open()).isEqualTo(expected));
        }
    }

    private ControlView refreshed() {
        ControlView view = new ControlView(kafka, topics.control());
        view.refresh();
        return view;
    }

    private void send(int count) {
        try (KafkaProducer<SourceKey, DeadLetter> producer = kafka.producer(topics.deadLetters())) {
            List<java.util.concurrent.Future<?>> sends = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                DeadLetter letter = letter(ErrorType.SCHEMA);
                SourceKey key = new SourceKey("public.t", List.of(new Value.Whole(i)));
                sends.add(
                        producer.send(new ProducerRecord<>(topics.deadLetters().name(), key, letter)));
            }
            for (var send : sends) {
                send.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
