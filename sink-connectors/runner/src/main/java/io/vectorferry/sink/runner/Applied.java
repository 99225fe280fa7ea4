package io.vectorferry.sink.runner;

import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.WriteBatch;

/** How many rows a batch wrote and how many it deleted. */
record Applied(long upserts, long deletes) {
    static final Applied NONE = new Applied(0, 0);

    static Applied of(WriteBatch batch) {
        long upserts = 0;
        for (TargetWrite write : batch.writes()) {
            upserts += switch (write) {
                case TargetWrite.Upsert ignored -> 1;
                case TargetWrite.Delete ignored -> 0;
            };
        }
        return new Applied(upserts, batch.writes().size() - upserts);
    }

    Applied plus(Applied other) {
        return new Applied(upserts + other.upserts, deletes + other.deletes);
    }
}
