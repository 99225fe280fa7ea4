package io.vectorferry.stream.join;

import io.vectorferry.stream.join.state.JoinStores.ReferenceCounts;

/** Hears about once a second what each partition has counted, on the partition's own thread; it returns at once. */
@FunctionalInterface
public interface ReferenceCountListener {
    ReferenceCountListener NONE = (partition, counts) -> {};

    void joined(int partition, ReferenceCounts counts);
}
