package io.vectorferry.contracts.message;

import io.vectorferry.contracts.row.Row;

/** A value of the {@code records} topic: the last full state of a target id, so that the topic alone rebuilds a target. */
public sealed interface TargetRecord {
    record Upsert(SourceKey sourceKey, SourcePosition position, long sourceMicros, Row row) implements TargetRecord {}

    /** A tombstone on the wire: a null value. */
    record Delete() implements TargetRecord {}

    /** Travels under its partition's barrier key. */
    record BarrierMark(Barrier barrier) implements TargetRecord {}
}
