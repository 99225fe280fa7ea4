package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.producer.postgres.table.TableShape;
import org.apache.kafka.connect.data.Struct;

/** One event of the log, as capture understands it; a row's values are not read yet. */
public sealed interface LogEvent {
    /** @param transaction the 32-bit transaction id */
    record Written(
            TableShape shape,
            SourceKey key,
            SourcePosition position,
            long micros,
            boolean created,
            Struct after,
            long transaction)
            implements LogEvent {}

    record Deleted(SourceKey key, SourcePosition position, long micros) implements LogEvent {}

    record Truncated(String collection, SourcePosition position, long micros) implements LogEvent {}

    record BarrierSeen(Barrier barrier) implements LogEvent {}

    /** A heartbeat, or nothing of ours: it only moves the place. */
    record Nothing() implements LogEvent {}
}
