package io.vectorferry.sink.spi;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Next offset to read of each partition of {@code records}. */
public record PartitionOffsets(SortedMap<Integer, Long> next) {
    public PartitionOffsets {
        next = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(next));
    }

    public static PartitionOffsets of(Map<Integer, Long> next) {
        return new PartitionOffsets(new TreeMap<>(next));
    }

    /** These, replaced by the newer ones where both know a partition. */
    public PartitionOffsets advancedBy(PartitionOffsets newer) {
        TreeMap<Integer, Long> merged = new TreeMap<>(next);
        merged.putAll(newer.next);
        return new PartitionOffsets(merged);
    }
}
