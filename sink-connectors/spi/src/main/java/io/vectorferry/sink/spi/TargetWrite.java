package io.vectorferry.sink.spi;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;

/** The state that the target must have for a key. */
public sealed interface TargetWrite {
    TargetKey key();

    /** Returns its position in {@code records}. */
    Origin origin();

    record Origin(int partition, long offset) {}

    record Upsert(TargetKey key, TargetRecord.Upsert record, Origin origin) implements TargetWrite {}

    record Delete(TargetKey key, Origin origin) implements TargetWrite {}
}
