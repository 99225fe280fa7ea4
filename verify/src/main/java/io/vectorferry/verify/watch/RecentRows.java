package io.vectorferry.verify.watch;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.verify.source.ChangedRowTopics;
import java.util.ArrayList;
import java.util.List;

/** A sample of the rows that changed lately, from every topic that names some. For one thread. */
public record RecentRows(List<Sampled> topics) implements DrawnKeys, AutoCloseable {
    private record Sampled(ChangedRowTopics.Named named, RecentChanges changes) {}

    public static RecentRows of(KafkaConnection kafka, ChangedRowTopics topics, long seed) {
        List<Sampled> all = new ArrayList<>();
        for (ChangedRowTopics.Named named : topics.changed()) {
            all.add(new Sampled(named, new RecentChanges(kafka, named.topic(), seed)));
        }
        return new RecentRows(List.copyOf(all));
    }

    @Override
    public List<SourceKey> draw(int most) {
        List<SourceKey> drawn = new ArrayList<>();
        for (Sampled topic : topics) {
            drawn.addAll(topic.named().rows(topic.changes().draw(most / topics.size())));
        }
        return drawn;
    }

    @Override
    public void close() {
        topics.forEach(topic -> topic.changes().close());
    }
}
