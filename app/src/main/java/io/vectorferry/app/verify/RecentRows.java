package io.vectorferry.app.verify;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.control.verify.DrawnKeys;
import io.vectorferry.control.verify.RecentChanges;
import java.util.ArrayList;
import java.util.List;

/** A sample of the rows that changed lately, from every topic that names some. For one thread. */
record RecentRows(List<Sampled> topics) implements DrawnKeys, AutoCloseable {
    private record Sampled(RowTopics.Named named, RecentChanges changes) {}

    static RecentRows of(KafkaConnection kafka, RowTopics topics, long seed) {
        List<Sampled> all = new ArrayList<>();
        for (RowTopics.Named named : topics.changed()) {
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
