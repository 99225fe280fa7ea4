package io.vectorferry.sink.spi;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The next offset to read, for each partition of {@code records}.
 *
 * @param filledSinceMillis when the table began to be filled from the beginning of {@code records}; 0 where that is
 *     not known
 * @param log Kafka's id of {@code records}: offsets of another topic say nothing, even if it has the same name; empty
 *     where that is not known
 */
public record PartitionOffsets(SortedMap<Integer, Long> next, long filledSinceMillis, String log) {
    public PartitionOffsets {
        next = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(next));
    }

    public PartitionOffsets(SortedMap<Integer, Long> next) {
        this(next, 0, "");
    }

    public static PartitionOffsets of(Map<Integer, Long> next) {
        return new PartitionOffsets(new TreeMap<>(next));
    }

    public PartitionOffsets filledSince(long millis) {
        return new PartitionOffsets(next, millis, log);
    }

    /** Returns these offsets, replaced by the newer ones if both have a partition. */
    public PartitionOffsets advancedBy(PartitionOffsets newer) {
        TreeMap<Integer, Long> merged = new TreeMap<>(next);
        merged.putAll(newer.next);
        return new PartitionOffsets(
                merged,
                newer.filledSinceMillis == 0 ? filledSinceMillis : newer.filledSinceMillis,
                newer.log.isEmpty() ? log : newer.log);
    }
}
