package io.vectorferry.contracts.message;

/** A key of the {@code records} topic. */
public sealed interface RecordKey {
    record OfRow(TargetKey key) implements RecordKey {}

    /** One key a partition, so that compaction keeps that partition's newest barrier. */
    record OfBarrier(int partition) implements RecordKey {}
}
