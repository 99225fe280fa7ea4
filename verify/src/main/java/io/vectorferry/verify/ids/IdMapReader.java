package io.vectorferry.verify.ids;

import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.TopicReader;
import io.vectorferry.contracts.kafka.TopicSpec;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads {@code id-map} from its beginning, and again from where it stopped. For one thread. */
public final class IdMapReader implements AutoCloseable {
    private static final int MAX_POLL_RECORDS = 5_000;

    private final TopicReader<SourceKey, IdMapping> reader;

    public IdMapReader(KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic) {
        this(new TopicReader<>(kafka, topic, MAX_POLL_RECORDS));
    }

    private IdMapReader(TopicReader<SourceKey, IdMapping> reader) {
        this.reader = reader;
    }

    /** The mapping of a key; null when the row was deleted. */
    private interface Mappings {
        void add(SourceKey key, @Nullable IdMapping mapping);
    }

    /** Returns when nothing that was committed before the call is unread. */
    private void readAll(Mappings each) {
        reader.readToEnd(some -> some.forEach(found -> each.add(found.key(), found.value())));
    }

    /**
     * Reads what was committed before the call. Deletions are skipped: an id stays its key's when the row is gone.
     *
     * @param each given keys with their ids
     */
    public void read(BiConsumer<SourceKey, TargetKey.Id> each) {
        readAll((key, mapping) -> {
            if (mapping != null) {
                each.accept(key, mapping.target().id());
            }
        });
    }

    /** Searches a whole {@code id-map} for the keys of some ids. Only what is found is kept in memory. */
    public record KeySearch(KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic) {

        /** Returns the key that had each id last. */
        public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
            Set<TargetKey.Id> wanted = Set.copyOf(ids);
            Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
            if (!wanted.isEmpty()) {
                try (IdMapReader reader = new IdMapReader(kafka, topic)) {
                    reader.read((key, id) -> {
                        if (wanted.contains(id)) {
                            keys.put(id, List.of(key));
                        }
                    });
                }
            }
            return keys;
        }
    }

    /** Reads the mappings of all rows that are in the target, one partition after the other: the keys of one are in memory. */
    public static void readLiving(
            KafkaConnection kafka, TopicSpec<SourceKey, IdMapping> topic, BiConsumer<SourceKey, IdMapping> each) {
        for (int partition = 0; partition < topic.partitions(); partition++) {
            Map<SourceKey, IdMapping> living = new LinkedHashMap<>();
            try (IdMapReader reader = new IdMapReader(new TopicReader<>(kafka, topic, partition, MAX_POLL_RECORDS))) {
                reader.readAll((key, mapping) -> {
                    if (mapping == null) {
                        living.remove(key);
                    } else {
                        living.put(key, mapping);
                    }
                });
            }
            living.forEach(each);
        }
    }

    @Override
    public void close() {
        reader.close();
    }
}
