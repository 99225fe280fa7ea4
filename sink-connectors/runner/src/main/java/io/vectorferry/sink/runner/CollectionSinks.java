package io.vectorferry.sink.runner;

import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.sink.runner.BatchIsolation.WriteCounts;
import io.vectorferry.sink.spi.PartitionOffsets;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.TargetWriter;
import java.time.Clock;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The collections that are on their way into one target; those that share a table share its writer. For one thread. */
final class CollectionSinks implements AutoCloseable {
    private final Target target;
    private final Retries retries;
    private final RejectedRecords rejected;
    private final RefusedUpdates refusedUpdates;
    private final Clock clock;
    private final Function<Collection<String>, Optional<DistanceMetric>> searchedBy;
    private final RecordsTopicReader reader;
    private final Map<String, CollectionSink> sinks = new LinkedHashMap<>(); // by table
    private final Map<String, CollectionSink> byCollection = new LinkedHashMap<>();
    /** The collections that were known at the start have been opened. */
    private boolean started;

    /**
     * @param searchedBy how the source itself searches these collections
     * @param reader knows whether a table was filled from its log
     */
    CollectionSinks(
            Target target,
            Retries retries,
            RejectedRecords rejected,
            RefusedUpdates refusedUpdates,
            Clock clock,
            Function<Collection<String>, Optional<DistanceMetric>> searchedBy,
            RecordsTopicReader reader) {
        this.reader = reader;
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
        String table = target.sharing(collection);
        @Nullable CollectionSink sink = sinks.get(table);
        if (sink == null) {
            TargetWriter writer = retries.get(() -> target.writer(collection, () -> searchedBy.apply(sharing(table))));
            sink = opened(table, writer);
            sinks.put(table, sink);
        }
        byCollection.put(collection, sink);
        return sink;
    }

    private CollectionSink opened(String table, TargetWriter writer) {
        try {
            CollectionSink sink = new CollectionSink(
                    writer,
                    retries,
                    rejected,
                    refusedUpdates,
                    clock.millis(),
                    remembered -> checked(table, remembered));
            reader.passed(table);
            return sink;
        } catch (RuntimeException e) {
            writer.close();
            throw e;
        }
    }

    /**
     * Every table of this pipeline is announced in {@code control} before it has rows. Where one is not, and does not say from which
     * log it was filled either, its offsets say nothing: it gets all rows again.
     */
    private PartitionOffsets checked(String table, PartitionOffsets remembered) {
        PartitionOffsets checked = reader.notAhead(table, remembered);
        return started && checked.log().isEmpty()
                ? PartitionOffsets.of(Map.of()).filledSince(checked.filledSinceMillis())
                : checked;
    }

    /** Collections that come from now on were not known to this pipeline before. */
    void started() {
        started = true;
    }

    private List<String> sharing(String table) {
        return byCollection.keySet().stream()
                .filter(collection -> target.sharing(collection).equals(table))
                .toList();
    }

    Row held(Row row) {
        return target.held(row);
    }

    void add(TargetWrite write) {
        of(write.key().collection()).add(write);
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

    WriteCounts flush(PartitionOffsets offsets) {
        rejected.await();
        WriteCounts applied = WriteCounts.NONE;
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

    /** Returns a collection that has no table. */
    Optional<String> absent() {
        return byCollection.entrySet().stream()
                .filter(entry -> !entry.getValue().exists())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** Returns the collections whose tables ferry has filled. */
    List<String> filled() {
        return byCollection.entrySet().stream()
                .filter(entry -> entry.getValue().isFilled())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The collections that have a table, each with what changes when the table is recreated. */
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
