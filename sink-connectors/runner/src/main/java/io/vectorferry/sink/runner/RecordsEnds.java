package io.vectorferry.sink.runner;

import java.util.Map;

/**
 * Where the partitions of {@code records} ended before this process wrote to them: a target that is beyond was filled from
 * records that are lost. Of use until the target's sink has found its place. Safe for any thread.
 */
public final class RecordsEnds {
    private volatile Map<Integer, Long> ends;

    /** @param ends by the partition; of those left out the present end counts */
    public RecordsEnds(Map<Integer, Long> ends) {
        this.ends = Map.copyOf(ends);
    }

    /** Of a cluster, which loses nothing that it has acknowledged. */
    public static RecordsEnds unknown() {
        return new RecordsEnds(Map.of());
    }

    long of(int partition, long present) {
        return ends.getOrDefault(partition, present);
    }

    /** From now on the target may be beyond them. */
    void passed() {
        ends = Map.of();
    }
}
