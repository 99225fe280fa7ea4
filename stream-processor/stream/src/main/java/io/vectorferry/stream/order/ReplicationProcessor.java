package io.vectorferry.stream.order;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig.RefusedUpdates;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.DeadLetter;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.rules.TargetRules;
import io.vectorferry.rules.ids.IdRule;
import io.vectorferry.stream.ids.IdAssignment;
import io.vectorferry.stream.order.RowOrder.Admission;
import io.vectorferry.stream.order.RowOrder.IncomingChange;
import io.vectorferry.stream.state.PartitionCounters;
import io.vectorferry.stream.state.PartitionCounters.StreamProgressListener;
import io.vectorferry.stream.state.StateStores;
import java.time.Duration;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Takes each change of a partition to the rule for it. It decodes here and not in a serde: bytes that are not a change
 * become a dead letter.
 */
public final class ReplicationProcessor implements Processor<byte[], byte[], Object, Object> {
    private static final Duration KEEP_COUNTS_AFTER = Duration.ofSeconds(1);
    private static final Duration PRUNE_EVERY = Duration.ofHours(1);

    private final TargetRules rules;
    private final RefusedUpdates refusedUpdates;
    private final IdRule ids;
    private final StreamProgressListener progress;
    private @Nullable Partition partition;

    /** The state of one partition, from the start of its task. */
    private record Partition(
            ProcessorContext<Object, Object> context,
            ReplicationOutput outputs,
            PartitionCounters counters,
            CollectionOrder collections,
            RowOrder rows,
            CountKeeping counting,
            Cancellable pruning) {}

    /**
     * Keeps the counts a while after they have changed. A schedule that has nothing to do would cost a transaction each time.
     * For the partition's thread.
     */
    private static final class CountKeeping {
        private final ProcessorContext<?, ?> context;
        private final Runnable keep;
        private @Nullable Cancellable due;

        CountKeeping(ProcessorContext<?, ?> context, Runnable keep) {
            this.context = context;
            this.keep = keep;
        }

        void keepLater() {
            if (due == null) {
                due = context.schedule(KEEP_COUNTS_AFTER, PunctuationType.WALL_CLOCK_TIME, now -> {
                    cancel();
                    keep.run();
                });
            }
        }

        void cancel() {
            if (due != null) {
                due.cancel();
                due = null;
            }
        }
    }

    public ReplicationProcessor(
            TargetRules rules, RefusedUpdates refusedUpdates, IdRule ids, StreamProgressListener progress) {
        this.rules = rules;
        this.refusedUpdates = refusedUpdates;
        this.ids = ids;
        this.progress = progress;
    }

    @Override
    public void init(ProcessorContext<Object, Object> context) {
        ReplicationOutput outputs = new ReplicationOutput(context, IdAssignment.open(ids, context));
        PartitionCounters counters = new PartitionCounters(context.getStateStore(StateStores.COUNTS));
        CollectionOrder collections = new CollectionOrder(context, outputs, counters);
        RowOrder rows = new RowOrder(
                context.getStateStore(StateStores.ROWS), collections, rules, refusedUpdates, outputs, counters);
        int number = context.taskId().partition();
        CountKeeping counting = new CountKeeping(context, () -> progress.counted(number, counters.keep()));
        counters.whenChanged(counting::keepLater);
        counting.keepLater(); // what an earlier process has counted is told too
        Cancellable pruning = context.schedule(PRUNE_EVERY, PunctuationType.WALL_CLOCK_TIME, collections::prune);
        partition = new Partition(context, outputs, counters, collections, rows, counting, pruning);
    }

    /** A task that Streams revives keeps its schedules and is given new ones. */
    @Override
    public void close() {
        if (partition != null) {
            partition.counting().cancel();
            partition.pruning().cancel();
            partition.collections().close();
            partition = null;
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Partition to = partition;
        if (to == null) {
            throw new IllegalStateException("init comes first");
        }
        byte @Nullable [] key = record.key();
        byte @Nullable [] value = record.value();
        DeadLetter.Origin origin = origin(to.context());
        try {
            dispatch(to, Codecs.CHANGE.decode(value), key, value, origin);
        } catch (IllegalArgumentException | ArithmeticException e) {
            to.counters().deadLetter();
            ByteString original = value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value);
            to.outputs().deadLetter(readable(key), original, origin, SourcePosition.snapshot(0), corrupt(e));
        }
    }

    /** The letters of all keys are read together: bytes that are not a key would hide every other letter. */
    private static byte @Nullable [] readable(byte @Nullable [] key) {
        try {
            Codecs.SOURCE_KEY.decode(key);
            return key;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void dispatch(
            Partition to, Change change, byte @Nullable [] key, byte @Nullable [] value, DeadLetter.Origin origin) {
        long now = to.context().currentSystemTimeMs();
        switch (change) {
            case Change.Upsert upsert -> to.rows().upsert(arrival(key, value, origin), upsert, Admission.NEWER);
            case Change.Delete delete -> to.rows().delete(arrival(key, value, origin), delete, Admission.NEWER, now);
            case Change.Redrive redrive -> redrive(to, arrival(key, value, origin), redrive, now);
            case Change.Truncate truncate -> to.collections().truncate(truncate, now);
            case Change.SnapshotComplete complete -> to.collections().snapshotComplete(complete, now);
            case Change.BarrierMark mark -> to.collections().barrier(mark.barrier());
        }
    }

    private static void redrive(Partition to, IncomingChange arrival, Change.Redrive redrive, long now) {
        ByteString original = redrive.original();
        if (redrive.isRecord()) {
            byte @Nullable [] value = original.isEmpty() ? null : original.toByteArray();
            TargetRecord record = Codecs.RECORD.decode(value);
            boolean refused = redrive.isLetter()
                    && record instanceof TargetRecord.Upsert
                    && to.rows().refusedAsForgotten(arrival, redrive.position());
            if (!refused) {
                to.rows().record(arrival, redrive.position(), record, now);
            }
            return;
        }
        IncomingChange again = arrival.holding(original);
        switch (Codecs.CHANGE.decode(original.toByteArray())) {
            case Change.Upsert upsert -> {
                if (!redrive.isLetter() || !to.rows().refusedAsForgotten(again, redrive.position())) {
                    to.rows().upsert(again, upsert, Admission.NOT_OLDER);
                }
            }
            case Change.Delete delete -> to.rows().delete(again, delete, Admission.NOT_OLDER, now);
            // The letter is of a record that was redriven before, and has kept that.
            case Change.Redrive before -> redrive(to, again, before, now);
            case Change.Truncate t -> throw new IllegalArgumentException("a redrive without a key");
            case Change.SnapshotComplete c -> throw new IllegalArgumentException("a redrive without a key");
            case Change.BarrierMark b -> throw new IllegalArgumentException("a redrive without a key");
        }
    }

    private static IncomingChange arrival(byte @Nullable [] key, byte @Nullable [] value, DeadLetter.Origin origin) {
        if (key == null || value == null) {
            throw new IllegalArgumentException("a change of a row has a key");
        }
        SourceKey decoded = Codecs.SOURCE_KEY.decode(key);
        return new IncomingChange(Bytes.wrap(key), decoded, UnsafeByteOperations.unsafeWrap(value), origin);
    }

    private static DeadLetter.Origin origin(ProcessorContext<Object, Object> context) {
        return context.recordMetadata()
                .map(at -> new DeadLetter.Origin(at.topic(), at.partition(), at.offset()))
                .orElseThrow(() -> new IllegalStateException("a record has an origin"));
    }

    private static FerryException corrupt(RuntimeException cause) {
        return FerryException.rejected(ErrorType.DATA_CORRUPTION, "the bytes are not a change: " + cause.getMessage());
    }
}
