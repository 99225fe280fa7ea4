package io.vectorferry.stream.join;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.stream.join.SideStore.Kind;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of every vector's key the vector and the references to it, and emits the joined row when both are there, its
 * deletion when one goes. References come in the order that one task sent them in, each of one document, so the last one
 * stands; vectors are ordered by their own positions.
 */
final class JoinProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final String VECTOR = "embedding";

    private final DocumentJoin join;
    private final String referencesTopic;
    private final int partitions;
    private @Nullable Partition partition;

    private record Partition(
            ProcessorContext<byte[], byte[]> context, SideStore store, SideOrder vectors, BarrierMeeting barriers) {}

    JoinProcessor(DocumentJoin join, String referencesTopic, int partitions) {
        this.join = join;
        this.referencesTopic = referencesTopic;
        this.partitions = partitions;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        SideStore store = new SideStore(context.getStateStore(JoinStores.SIDES));
        partition = new Partition(context, store, new SideOrder(store), new BarrierMeeting(store, partitions));
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Partition in = Objects.requireNonNull(partition, "init comes first");
        Optional<Change> change = DocumentProcessor.decoded(record.value());
        if (change.isEmpty()) {
            in.context().forward(record);
        } else if (isReference(in)) {
            reference(in, Codecs.SOURCE_KEY.decode(record.key()), change.get());
        } else {
            vector(in, record, change.get());
        }
    }

    private boolean isReference(Partition in) {
        return in.context()
                .recordMetadata()
                .filter(at -> at.topic().equals(referencesTopic))
                .isPresent();
    }

    private void reference(Partition in, SourceKey key, Change change) {
        switch (change) {
            case Change.Upsert upsert -> {
                in.store().put(Kind.REFERENCE, key, upsert);
                join(in, ReferenceKeys.vector(key), upsert.sourceMicros());
            }
            case Change.Delete delete -> {
                in.store().delete(Kind.REFERENCE, key);
                join(in, ReferenceKeys.vector(key), delete.sourceMicros());
            }
            case Change.BarrierMark(Barrier barrier) ->
                in.barriers().passed(key, barrier).ifPresent(b -> barrier(in, b));
            case Change.Truncate t -> throw new IllegalArgumentException("a truncation of references");
            case Change.SnapshotComplete c -> throw new IllegalArgumentException("a snapshot of references");
            case Change.Redrive r -> throw new IllegalArgumentException("a redrive of references");
        }
    }

    private void vector(Partition in, Record<byte[], byte[]> record, Change change) {
        switch (change) {
            case Change.Upsert upsert -> row(in, joinedKey(record), upsert.position(), upsert.sourceMicros(), upsert);
            case Change.Delete delete -> row(in, joinedKey(record), delete.position(), delete.sourceMicros(), delete);
            case Change.Truncate(String collection, SourcePosition position, long micros) ->
                sweep(in, position, micros);
            case Change.SnapshotComplete(String collection, int generation) ->
                sweep(in, SourcePosition.snapshot(generation), 0);
            case Change.BarrierMark(Barrier barrier) ->
                in.barriers().passed(BarrierMeeting.VECTORS, barrier).ifPresent(b -> barrier(in, b));
            case Change.Redrive redrive -> in.context().forward(record);
        }
    }

    private SourceKey joinedKey(Record<byte[], byte[]> record) {
        return new SourceKey(
                join.collection(), Codecs.SOURCE_KEY.decode(record.key()).parts());
    }

    private static void row(Partition in, SourceKey key, SourcePosition position, long micros, Change change) {
        if (in.vectors().admits(key, position)) {
            in.store().put(Kind.ROW, key, change);
            join(in, key, micros);
        }
    }

    private static void sweep(Partition in, SourcePosition position, long micros) {
        for (SourceKey key : in.vectors().raise(position)) {
            in.store().put(Kind.ROW, key, new Change.Delete(position, micros));
            join(in, key, micros);
        }
    }

    /** Of several documents that refer to one vector, the first in the order of their keys gives the fields. */
    private static void join(Partition in, SourceKey key, long micros) {
        Optional<Change> vector = in.store().get(Kind.ROW, key);
        Optional<Change> document = in.store().firstUnder(Kind.REFERENCE, key);
        Optional<Change> joined = in.store().get(Kind.JOINED, key);
        SourcePosition next = after(joined);
        if (vector.isPresent()
                && vector.get() instanceof Change.Upsert row
                && document.isPresent()
                && document.get() instanceof Change.Upsert fields) {
            @Nullable VectorColumn column = row.row().vectorColumn();
            Row whole = new Row(
                    column == null ? null : column.named(VECTOR), fields.row().fields());
            in.store()
                    .put(
                            Kind.JOINED,
                            key,
                            new Change.Upsert(row.origin(), next, 0, new Row(null, java.util.List.of())));
            forward(in, key, new Change.Upsert(row.origin(), next, micros, whole));
        } else if (joined.isPresent() && joined.get() instanceof Change.Upsert) {
            Change.Delete delete = new Change.Delete(next, micros);
            in.store().put(Kind.JOINED, key, delete);
            forward(in, key, delete);
        }
    }

    /** A joined row's positions only count: whichever side changed. They are kept after its deletion. */
    private static SourcePosition after(Optional<Change> joined) {
        long last = joined.map(change -> switch (change) {
                    case Change.Upsert upsert -> upsert.position().place();
                    case Change.Delete delete -> delete.position().place();
                    case Change.Truncate t -> 0L;
                    case Change.SnapshotComplete c -> 0L;
                    case Change.BarrierMark b -> 0L;
                    case Change.Redrive r -> 0L;
                })
                .orElse(0L);
        return SourcePosition.stream(1, last + 1, 0);
    }

    private static void forward(Partition in, SourceKey key, Change change) {
        in.context()
                .forward(new Record<>(
                        ReferenceKeys.bytes(key),
                        SideStore.encoded(change),
                        in.context().currentSystemTimeMs()));
    }

    private static void barrier(Partition in, Barrier barrier) {
        in.context()
                .forward(new Record<byte[], byte[]>(
                        new byte[0],
                        SideStore.encoded(new Change.BarrierMark(barrier)),
                        in.context().currentSystemTimeMs()));
    }
}
