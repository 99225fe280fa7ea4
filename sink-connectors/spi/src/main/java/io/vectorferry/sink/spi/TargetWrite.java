package io.vectorferry.sink.spi;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Row;

/** The state that the target must have for a key. */
public sealed interface TargetWrite {
    TargetKey key();

    /** Returns its position in {@code records}. */
    Origin origin();

    record Origin(int partition, long offset) {}

    /**
     * @param record as it came, for a dead letter
     * @param row of the record, as far as the target holds it ({@link Target#held})
     */
    record Upsert(TargetKey key, TargetRecord.Upsert record, Row row, Origin origin) implements TargetWrite {
        /** Creates the write of a target that holds the whole row. */
        public Upsert(TargetKey key, TargetRecord.Upsert record, Origin origin) {
            this(key, record, record.row(), origin);
        }
    }

    record Delete(TargetKey key, Origin origin) implements TargetWrite {}
}
