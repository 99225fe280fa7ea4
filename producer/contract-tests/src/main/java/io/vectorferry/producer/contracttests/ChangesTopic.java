package io.vectorferry.producer.contracttests;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicProvisioner;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.deploy.server.SharedBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** The topics of a pipeline on a real broker, and what has come out on {@code changes} so far. */
public final class ChangesTopic implements AutoCloseable {
    /** @param millis when its producer sent it */
    public record Seen(int partition, long millis, @Nullable SourceKey key, Change change) {}

    private final SharedBroker broker = SharedBroker.forTest();
    private final TopicReader<SourceKey, Change> reader;
    public final KafkaConnection kafka;
    /** Runs whenever something is made durable, in the thread that asks for it. */
    public volatile Runnable onSync = () -> {};

    public final Topics topics = Topics.of(broker.freshName(), 2);
    private CompletableFuture<Void> running = new CompletableFuture<>();
    public final List<Seen> seen = new ArrayList<>();

    public ChangesTopic() {
        kafka = new KafkaConnection(broker.bootstrapServers(), Map.of(), () -> onSync.run());
        try (Admin admin = kafka.admin()) {
            new TopicProvisioner(admin).ensure(topics.all());
        }
        reader = new TopicReader<>(kafka, topics.changes(), 1_000);
    }

    /** The stage whose end, while something is awaited, is the reason that it does not come. */
    public void failWith(CompletableFuture<Void> stage) {
        running = stage;
    }

    public void await(String what, Predicate<List<Seen>> condition) {
        Awaitility.await(what).atMost(Duration.ofSeconds(60)).until(() -> {
            if (running.isCompletedExceptionally()) {
                // Not the stage's own exception: closing the stage throws that one, and none suppresses itself.
                throw new AssertionError("the stage ended while this was awaited: " + what, running.exceptionNow());
            }
            for (var record : reader.poll(Duration.ofMillis(50))) {
                seen.add(new Seen(record.partition(), record.timestamp(), record.key(), record.value()));
            }
            return condition.test(seen);
        });
    }

    /** Reads all that has been published. */
    public void awaitEnd() {
        Map<TopicPartition, Long> ends = reader.ends();
        await("the end", seen -> !reader.isBefore(ends));
    }

    /** Returns what a target would hold: for each key the change of the latest position, without deletions. */
    public Map<SourceKey, Change.Upsert> state() {
        Map<SourceKey, Change> latest = new HashMap<>();
        for (Seen one : seen) {
            SourceKey key = one.key();
            if (key != null) {
                latest.merge(key, one.change(), (a, b) -> position(b).isAfter(position(a)) ? b : a);
            }
        }
        Map<SourceKey, Change.Upsert> live = new HashMap<>();
        latest.forEach((key, change) -> {
            if (change instanceof Change.Upsert upsert) {
                live.put(key, upsert);
            }
        });
        return live;
    }

    /** The keys of the dead letters so far. */
    public List<SourceKey> deadLetters() {
        List<SourceKey> keys = new ArrayList<>();
        try (var letters = new TopicReader<>(kafka, topics.deadLetters(), 1_000)) {
            letters.readToEnd(some -> some.forEach(letter -> keys.add(letter.key())));
        }
        return keys;
    }

    public static SourcePosition position(Change change) {
        return switch (change) {
            case Change.Upsert upsert -> upsert.position();
            case Change.Delete delete -> delete.position();
            case Change.Truncate truncate -> truncate.position();
            case Change.Redrive redrive -> redrive.position();
            case Change.SnapshotComplete complete -> SourcePosition.snapshot(complete.generation());
            case Change.BarrierMark mark -> SourcePosition.snapshot(0);
        };
    }

    @Override
    public void close() {
        reader.close();
    }
}
