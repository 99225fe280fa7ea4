package io.vectorferry.stream.order;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.IdMapping;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.rules.transform.RowValidation;
import io.vectorferry.stream.ids.IdAssignment;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** The three ways out of a partition. */
public final class ReplicationOutput {
    public static final String RECORDS = "records-sink";
    public static final String ID_MAP = "id-map-sink";
    public static final String DEAD_LETTERS = "dead-letters-sink";

    private static final String STAGE = "stream";

    private final ProcessorContext<Object, Object> context;
    private final IdAssignment ids;
    private final int partition;

    ReplicationOutput(ProcessorContext<Object, Object> context, IdAssignment ids) {
        this.context = context;
        this.ids = ids;
        this.partition = context.taskId().partition();
    }

    /** @param record as {@link Codecs#RECORD} encodes an upsert */
    public void upsert(SourceKey key, byte[] record) {
        forward(new RecordKey.OfRow(ids.of(key)), record);
    }

    void tombstone(SourceKey key) {
        forward(new RecordKey.OfRow(ids.of(key)), null);
    }

    /** Deletes the target's row of a key that should have none; a row of another collection that has its id stays. */
    public void clear(SourceKey key) {
        if (ids.claim(key).isEmpty()) {
            tombstone(key);
            unmapped(key);
        }
    }

    public void barrier(Barrier barrier) {
        forward(new RecordKey.OfBarrier(partition), Codecs.RECORD.encode(new TargetRecord.BarrierMark(barrier)));
    }

    /** Claims the id before a row is written to the target; returns why it must not be. */
    Optional<FerryException> claim(SourceKey key) {
        return ids.claim(key);
    }

    public void mapped(SourceKey key) {
        TargetKey target = ids.of(key);
        context.forward(routed(key, new IdMapping(target, nowMicros())), ID_MAP);
    }

    void unmapped(SourceKey key) {
        ids.release(key);
        context.forward(routed(key, null), ID_MAP);
    }

    /** @param keyBytes null for a change without a key */
    void deadLetter(
            byte @Nullable [] keyBytes,
            ByteString original,
            DeadLetter.Origin origin,
            SourcePosition position,
            FerryException why) {
        ByteString kept = original.size() > RowValidation.MAX_ROW_BYTES ? ByteString.EMPTY : original;
        DeadLetter letter = new DeadLetter(
                why.errorType(), String.valueOf(why.getMessage()), STAGE, false, nowMicros(), origin, position, kept);
        context.forward(new Record<>(keyBytes, letter, context.currentSystemTimeMs()), DEAD_LETTERS);
    }

    /** @param value encoded here, where most of it already is; null is a tombstone */
    private void forward(RecordKey key, byte @Nullable [] value) {
        context.forward(routed(key, value), RECORDS);
    }

    private Record<Object, Object> routed(Object key, @Nullable Object value) {
        return new Record<>(new PartitionedKey<>(partition, key), value, context.currentSystemTimeMs());
    }

    private long nowMicros() {
        return Micros.ofMillis(context.currentSystemTimeMs());
    }

    /** A key on its way to the partition that its change came from, which is not the hash of the target's id. */
    public record PartitionedKey<K>(int partition, K key) {}
}
