package io.vectorferry.stream.order;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.rules.EncodedRow;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.stream.state.PartitionCounters;
import io.vectorferry.stream.state.RowState;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The rules of one key: later wins, what changes nothing stops here, and a deletion is remembered. */
public final class RowOrder {
    /** The required position of a change, compared with the last one of its key. */
    enum Admission {
        NEWER,
        /**
         * A redriven change: its own position may be the last one, and what the target should already hold is emitted
         * again whatever its position: the target may have lost it.
         */
        NOT_OLDER
    }

    private final KeyValueStore<Bytes, RowState> rows;
    private final CollectionOrder collections;
    private final TargetRules rules;
    private final RefusedUpdates refusedUpdates;
    private final ReplicationOutput outputs;
    private final PartitionCounters counters;

    RowOrder(
            KeyValueStore<Bytes, RowState> rows,
            CollectionOrder collections,
            TargetRules rules,
            RefusedUpdates refusedUpdates,
            ReplicationOutput outputs,
            PartitionCounters counters) {
        this.rows = rows;
        this.collections = collections;
        this.rules = rules;
        this.refusedUpdates = refusedUpdates;
        this.outputs = outputs;
        this.counters = counters;
    }

    /**
     * Refuses a letter's row of which nothing is remembered: it was deleted, and the deletion is forgotten by now, so that
     * nothing tells any more whether the letter's state is the last. Returns whether it did.
     */
    boolean refusedAsForgotten(IncomingChange arrival, SourcePosition position) {
        if (rows.get(arrival.keyBytes()) != null
                || collections.floor(arrival.key().collection()).isAfter(position)) {
            return false;
        }
        counters.deadLetter();
        outputs.deadLetter(arrival.keyBytes().get(), arrival.original(), arrival.origin(), position, forgotten());
        return true;
    }

    private static FerryException forgotten() {
        return FerryException.rejected(
                ErrorType.UNKNOWN,
                "the row was deleted after this dead letter, more than %d days ago, so the letter is not applied. If the source has the row again, update it there (UPDATE … SET x = x), then discard the letter"
                        .formatted(Topics.CHANGES_RETENTION.toDays()));
    }

    public void upsert(IncomingChange arrival, Change.Upsert upsert, Admission admission) {
        RowState known = rows.get(arrival.keyBytes());
        if (admission == Admission.NOT_OLDER && sentAgain(arrival, upsert, known)) {
            return;
        }
        RowState before = admission == Admission.NOT_OLDER ? rows.get(arrival.keyBytes()) : known;
        SourcePosition position = upsert.position();
        if (!admitted(arrival, position, before, admission)) {
            return;
        }
        Optional<EncodedRow> expected;
        try {
            expected = rules.encoded(upsert.row(), arrival.original());
        } catch (FerryException e) {
            reject(arrival, before, position, e);
            return;
        }
        if (expected.isEmpty()) {
            remove(arrival, before);
            rows.put(arrival.keyBytes(), RowState.filteredOut(position));
            return;
        }
        EncodedRow row = expected.get();
        Optional<FerryException> conflict = conflict(arrival, before);
        if (conflict.isPresent()) {
            reject(arrival, before, position, conflict.get());
            return;
        }
        rows.put(arrival.keyBytes(), RowState.present(position, row.hash()));
        if (admission == Admission.NEWER && before != null && before.holds(row.hash())) {
            counters.noop();
        } else {
            write(arrival, before, position, upsert.sourceMicros(), row.content());
        }
    }

    /** Nothing that is remembered changes by it, so no order can be broken. */
    private boolean sentAgain(IncomingChange arrival, Change.Upsert upsert, @Nullable RowState before) {
        Optional<EncodedRow> expected;
        try {
            expected = rules.encoded(upsert.row(), arrival.original());
        } catch (FerryException e) {
            takeOut(arrival, before);
            return false;
        }
        if (expected.isEmpty()) {
            boolean absent = before == null || before.status() == RowState.Status.FILTERED_OUT;
            if (absent) {
                outputs.clear(arrival.key());
            }
            return absent;
        }
        if (before == null || !before.holds(expected.get().hash())) {
            return false;
        }
        write(
                arrival,
                before,
                before.position(),
                upsert.sourceMicros(),
                expected.get().content());
        return true;
    }

    /** Deletes what was left in the target before the pipeline was set to delete rejected updates. */
    private void takeOut(IncomingChange arrival, @Nullable RowState before) {
        if (refusedUpdates == RefusedUpdates.DELETE
                && before != null
                && before.inTarget()
                && before.status() == RowState.Status.REJECTED) {
            remove(arrival, before);
            rows.put(arrival.keyBytes(), RowState.rejected(before.position(), null));
        }
    }

    /** A row that is in the target has its id already. */
    private Optional<FerryException> conflict(IncomingChange arrival, @Nullable RowState before) {
        if (before != null && before.inTarget()) {
            return Optional.empty();
        }
        collections.sweepNamesakes(arrival.key());
        return outputs.claim(arrival.key());
    }

    private void reject(
            IncomingChange arrival, @Nullable RowState before, SourcePosition position, FerryException why) {
        if (refusedUpdates == RefusedUpdates.DELETE) {
            remove(arrival, before);
        }
        rows.put(
                arrival.keyBytes(),
                RowState.rejected(position, refusedUpdates == RefusedUpdates.DELETE ? null : before));
        counters.deadLetter();
        outputs.deadLetter(arrival.keyBytes().get(), arrival.original(), arrival.origin(), position, why);
    }

    /** Recorded for a key never seen too: its snapshot row may still be on the way. */
    public void delete(IncomingChange arrival, Change.Delete delete, Admission admission, long nowMillis) {
        RowState before = rows.get(arrival.keyBytes());
        if (admission == Admission.NOT_OLDER && (before == null || !before.inTarget())) {
            outputs.clear(arrival.key());
            return;
        }
        if (admitted(arrival, delete.position(), before, admission)) {
            remove(arrival, before);
            rows.put(arrival.keyBytes(), RowState.deleted(delete.position(), nowMillis));
        }
    }

    /** A record that a sink refused goes out as it was. */
    void record(IncomingChange arrival, SourcePosition position, TargetRecord record, long nowMillis) {
        RowState before = rows.get(arrival.keyBytes());
        if (!admitted(arrival, position, before, Admission.NOT_OLDER)) {
            return;
        }
        switch (record) {
            case TargetRecord.Upsert upsert -> {
                Optional<FerryException> conflict = conflict(arrival, before);
                if (conflict.isPresent()) {
                    reject(arrival, before, position, conflict.get());
                    return;
                }
                EncodedRow row = EncodedRow.of(upsert.row());
                rows.put(arrival.keyBytes(), RowState.present(position, row.hash()));
                write(arrival, before, upsert.position(), upsert.sourceMicros(), row.content());
            }
            case TargetRecord.Delete() -> {
                rows.put(arrival.keyBytes(), RowState.deleted(position, nowMillis));
                outputs.tombstone(arrival.key());
                outputs.unmapped(arrival.key());
            }
            case TargetRecord.BarrierMark mark -> throw new IllegalArgumentException("a barrier is never redriven");
        }
    }

    private boolean admitted(
            IncomingChange arrival, SourcePosition position, @Nullable RowState before, Admission admission) {
        boolean overtaken = before != null
                && switch (admission) {
                    case NEWER -> !position.isAfter(before.position());
                    case NOT_OLDER -> before.position().isAfter(position);
                };
        boolean stale =
                overtaken || collections.floor(arrival.key().collection()).isAfter(position);
        if (stale) {
            counters.stale();
        }
        return !stale;
    }

    private void write(
            IncomingChange arrival,
            @Nullable RowState before,
            SourcePosition position,
            long sourceMicros,
            ByteString content) {
        byte[] record = Codecs.upsertRecord(arrival.keyBytes().get(), position, sourceMicros, content);
        outputs.upsert(arrival.key(), record);
        if (before == null || !before.inTarget()) {
            outputs.mapped(arrival.key());
        }
    }

    private void remove(IncomingChange arrival, @Nullable RowState before) {
        if (before != null && before.inTarget()) {
            outputs.tombstone(arrival.key());
            outputs.unmapped(arrival.key());
        }
    }

    /**
     * A keyed change as received.
     *
     * @param original the encoded change, for a dead letter
     */
    public record IncomingChange(Bytes keyBytes, SourceKey key, ByteString original, DeadLetter.Origin origin) {
        IncomingChange holding(ByteString other) {
            return new IncomingChange(keyBytes, key, other, origin);
        }
    }
}
