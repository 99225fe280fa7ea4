package io.vectorferry.sink.runner;

import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWrite;
import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The collections that are on their way into one target; those that share a table share its writer. For one thread. */
final class CollectionSinks implements AutoCloseable {
    private final Target target;
    private final Retries retries;
    private final RejectedRecords rejected;
    private final RefusedUpdates refusedUpdates;
    private final Clock clock;
    private final Function<Collection<String>, Optional<DistanceMetric>> searchedBy;
    private final Map<String, CollectionSink> sinks = new LinkedHashMap<>(); // by table
    private final Map<String, CollectionSink> byCollection = new LinkedHashMap<>();

    /** @param searchedBy how the source itself searches these collections */
    CollectionSinks(
            Target target,
            Retries retries,
            RejectedRecords rejected,
            RefusedUpdates refusedUpdates,
            Clock clock,
            Function<Collection<String>, Optional<DistanceMetric>> searchedBy) {
        this.searchedBy = searchedBy;
        this.refusedUpdates = refusedUpdates;
        this.clock = clock;
        this.target = target;
        this.retries = retries;
        this.rejected = rejected;
    }

    CollectionSink of(String collection) {
        CollectionSink known = byCollection.get(collection);
        if (known != null) {
            return known;
        }
        CollectionSink sink = sinks.computeIfAbsent(
                target.sharing(collection),
                table -> new CollectionSink(
                        retries.get(() -> target.writer(collection, () -> searchedBy.apply(sharing(table)))),
                        retries,
                        rejected,
                        refusedUpdates,
                        clock.millis()));
        byCollection.put(collection, sink);
        return sink;
    }

    private List<String> sharing(String table) {
        return byCollection.keySet().stream()
                .filter(collection -> target.sharing(collection).equals(table))
                .toList();
    }

    void add(TargetWrite write) {
        of(write.key().collection()).add(write);
    }

    /** @param checked returns what of a table's offsets counts */
    void resume(UnaryOperator<PartitionOffsets> checked) {
        sinks.values().forEach(sink -> sink.resume(checked));
    }

    /** The smallest of what the tables remember; one that remembers nothing has everything to come. */
    PartitionOffsets committed() {
        TreeMap<Integer, Long> smallest = new TreeMap<>();
        boolean first = true;
        for (CollectionSink sink : sinks.values()) {
            Map<Integer, Long> own = sink.committed().next();
            if (first) {
                smallest.putAll(own);
            }
            first = false;
            smallest.keySet().retainAll(own.keySet());
            smallest.replaceAll((partition, offset) -> Math.min(offset, own.getOrDefault(partition, 0L)));
        }
        return new PartitionOffsets(smallest);
    }

    /**
     * The smallest of what the tables remember. Those that remember nothing are left out, since they hold no rows, and those that
     * began to be filled after that time, since no deletion of a row that they have read has been forgotten yet.
     */
    PartitionOffsets oldest(long filledBeforeMillis) {
        TreeMap<Integer, Long> oldest = new TreeMap<>();
        for (CollectionSink sink : sinks.values()) {
            if (sink.filledSinceMillis() < filledBeforeMillis) {
                sink.committed().next().forEach((partition, offset) -> oldest.merge(partition, offset, Math::min));
            }
        }
        return new PartitionOffsets(oldest);
    }

    boolean isWaiting() {
        return sinks.values().stream().anyMatch(CollectionSink::isWaiting);
    }

    Applied flush(PartitionOffsets offsets) {
        rejected.await();
        Applied applied = Applied.NONE;
        for (CollectionSink sink : sinks.values()) {
            applied = applied.plus(sink.flush(offsets));
        }
        return applied;
    }

    void makeReadable() {
        rejected.await();
        sinks.values().forEach(CollectionSink::makeReadable);
    }

    void forget() {
        sinks.values().forEach(CollectionSink::forget);
    }

    /** The collections that have a table, each with what changes when the table is made anew. */
    Map<String, String> present() {
        Map<String, String> present = new TreeMap<>();
        byCollection.forEach((collection, sink) -> {
            if (sink.exists()) {
                present.put(collection, sink.incarnation().orElse(""));
            }
        });
        return present;
    }

    void commit(PartitionOffsets offsets) {
        rejected.await();
        sinks.values().forEach(sink -> sink.commit(offsets));
    }

    void maintain(boolean caughtUp) {
        sinks.values().forEach(sink -> sink.maintain(caughtUp));
    }

    void settle() {
        sinks.values().forEach(CollectionSink::settle);
    }

    @Override
    public void close() {
        sinks.values().forEach(CollectionSink::close);
        sinks.clear();
        byCollection.clear();
    }
}
