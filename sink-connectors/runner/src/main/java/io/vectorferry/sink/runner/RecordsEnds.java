package io.vectorferry.sink.runner;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where the partitions of {@code records} ended before this process wrote to them: a table that is beyond was filled from
 * records that are lost. Of use until this process writes to the table. Safe for any thread.
 */
public final class RecordsEnds {
    private final Map<Integer, Long> ends;
    private final Set<String> written = ConcurrentHashMap.newKeySet();

    /** @param ends by the partition; of those left out the present end counts */
    public RecordsEnds(Map<Integer, Long> ends) {
        this.ends = Map.copyOf(ends);
    }

    /** Of a cluster, which loses nothing that it has acknowledged. */
    public static RecordsEnds unknown() {
        return new RecordsEnds(Map.of());
    }

    long of(String table, int partition, long present) {
        return written.contains(table) ? present : ends.getOrDefault(partition, present);
    }

    /** From now on the table may be beyond them. */
    void passed(String table) {
        written.add(table);
    }
}
