package io.vectorferry.sink.runner;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The end offsets of {@code records} before this process wrote to it. A target with higher offsets was filled from
 * records that no longer exist. Meaningful until this process writes to the table. Thread-safe.
 */
public final class RecordsEnds {
    private final Map<Integer, Long> ends;
    private final Set<String> written = ConcurrentHashMap.newKeySet();

    /** @param ends by the partition; of those left out the present end counts */
    public RecordsEnds(Map<Integer, Long> ends) {
        this.ends = Map.copyOf(ends);
    }

    /** Returns the ends for a cluster, which loses nothing that it has acknowledged. */
    public static RecordsEnds unknown() {
        return new RecordsEnds(Map.of());
    }

    long of(String table, int partition, long present) {
        return written.contains(table) ? present : ends.getOrDefault(partition, present);
    }

    /** Records that the table may be past them from now on. */
    void passed(String table) {
        written.add(table);
    }
}
