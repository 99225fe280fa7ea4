package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.postgres.table.TableShape;
import org.apache.kafka.connect.data.Struct;

/** One event of the log, as capture understands it; a row's values are not read yet. */
sealed interface Captured {
    /** @param transaction the 32-bit transaction id */
    record Written(
            TableShape shape,
            SourceKey key,
            SourcePosition position,
            long micros,
            boolean created,
            Struct after,
            long transaction)
            implements Captured {}

    record Deleted(SourceKey key, SourcePosition position, long micros) implements Captured {}

    record Truncated(String collection, SourcePosition position, long micros) implements Captured {}

    record BarrierSeen(Barrier barrier) implements Captured {}

    /** A heartbeat, or nothing of ours: it only moves the place. */
    record Nothing() implements Captured {}
}
