package io.vectorferry.sink.runner;

import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.WriteBatch;

/** How many rows a batch wrote and how many it deleted. */
record WriteCounts(long upserts, long deletes) {
    static final WriteCounts NONE = new WriteCounts(0, 0);

    static WriteCounts of(WriteBatch batch) {
        long upserts = 0;
        for (TargetWrite write : batch.writes()) {
            upserts += switch (write) {
                case TargetWrite.Upsert ignored -> 1;
                case TargetWrite.Delete ignored -> 0;
            };
        }
        return new WriteCounts(upserts, batch.writes().size() - upserts);
    }

    WriteCounts plus(WriteCounts other) {
        return new WriteCounts(upserts + other.upserts, deletes + other.deletes);
    }
}
