package io.vectorferry.stream.join;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.state.JoinStores;
import io.vectorferry.stream.join.state.JoinTombstones;
import io.vectorferry.stream.join.state.SideOrder;
import io.vectorferry.stream.join.state.SideStore;
import io.vectorferry.stream.join.state.SideStore.Kind;
import io.vectorferry.stream.join.state.SideSweep;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Turns a document's change into its references' changes: it remembers which references each document had, so that a
 * removed one is deleted. Other changes are passed on.
 */
final class DocumentProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    static final String REFERENCES = "references-sink";

    private final DocumentJoin join;
    private @Nullable Partition partition;

    private record Partition(
            ProcessorContext<byte[], byte[]> context,
            SideStore store,
            SideOrder order,
            JoinTombstones deletions,
            SideSweep sweep) {
        long nowMicros() {
            return Micros.ofMillis(context.currentSystemTimeMs());
        }
    }

    DocumentProcessor(DocumentJoin join) {
        this.join = join;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        KeyValueStore<Bytes, byte[]> entries = context.getStateStore(JoinStores.DOCUMENTS);
        SideStore store = new SideStore(entries);
        SideOrder order = new SideOrder(store);
        SideSweep sweep = new SideSweep(context, store, order, this::forgetStale, this::mark);
        partition = new Partition(context, store, order, new JoinTombstones(store, order, entries), sweep);
    }

    /** A task that Streams revives keeps its schedule and is given a new one. */
    @Override
    public void close() {
        if (partition != null) {
            partition.sweep().close();
            partition = null;
        }
    }

    private Partition partition() {
        return Objects.requireNonNull(partition, "init comes first");
    }

    private void forgetStale(SourceKey document, Change.Truncate sweep) {
        forget(partition(), document, sweep.position(), sweep.sourceMicros());
    }

    private void mark(Barrier barrier) {
        mark(partition(), barrier);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Partition in = partition();
        Optional<Change> change = decoded(record.value());
        if (change.isEmpty() || !taken(in, record.key(), change.get())) {
            in.context().forward(record, JoinTopology.JOIN);
        }
    }

    /** Bytes that are not a change are passed on: the later rules reject them. */
    static Optional<Change> decoded(byte @Nullable [] value) {
        try {
            return Optional.of(Codecs.CHANGE.decode(value));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private boolean taken(Partition in, byte @Nullable [] keyBytes, Change change) {
        return switch (change) {
            case Change.Upsert upsert ->
                document(keyBytes).map(key -> upsert(in, key, upsert)).orElse(false);
            case Change.Delete delete ->
                document(keyBytes)
                        .map(key -> delete(in, key, delete.position(), delete.sourceMicros()))
                        .orElse(false);
            case Change.Truncate(String collection, SourcePosition position, long micros) ->
                collection.equals(join.collection()) && sweep(in, position, micros);
            case Change.SnapshotComplete(String collection, int generation) ->
                collection.equals(join.collection()) && sweep(in, SourcePosition.snapshot(generation), 0);
            case Change.BarrierMark(Barrier barrier) -> barrier(in, barrier);
            case Change.Redrive redrive -> false;
        };
    }

    private Optional<SourceKey> document(byte @Nullable [] keyBytes) {
        return keyBytes == null
                ? Optional.empty()
                : Optional.of(Codecs.SOURCE_KEY.decode(keyBytes))
                        .filter(key -> key.collection().equals(join.collection()));
    }

    private boolean upsert(Partition in, SourceKey document, Change.Upsert upsert) {
        if (!in.order().admits(document, upsert.position())) {
            return true;
        }
        Set<Value> former = referencesOf(in.store().get(Kind.ROW, document));
        Set<Value> now = referencesOf(Optional.of(upsert));
        List<Field> payload = new ArrayList<>();
        List<Field> references = new ArrayList<>();
        upsert.row().fields().forEach(field -> (isReferences(field) ? references : payload).add(field));
        Change row =
                new Change.Upsert(upsert.origin(), upsert.position(), upsert.sourceMicros(), new Row(null, payload));
        now.forEach(reference -> send(in, reference, document, row));
        former.removeAll(now);
        former.forEach(reference ->
                send(in, reference, document, new Change.Delete(upsert.position(), upsert.sourceMicros())));
        in.store()
                .put(
                        Kind.ROW,
                        document,
                        new Change.Upsert(upsert.origin(), upsert.position(), 0, new Row(null, references)));
        return true;
    }

    private boolean delete(Partition in, SourceKey document, SourcePosition position, long micros) {
        if (in.order().admits(document, position)) {
            forget(in, document, position, micros);
        }
        return true;
    }

    private void forget(Partition in, SourceKey document, SourcePosition position, long micros) {
        referencesOf(in.store().get(Kind.ROW, document))
                .forEach(reference -> send(in, reference, document, new Change.Delete(position, micros)));
        in.deletions().remember(document, position, in.nowMicros());
    }

    private static boolean sweep(Partition in, SourcePosition position, long micros) {
        in.sweep().begin(position, micros);
        return true;
    }

    /** Passes on a barrier: with one log, it is the vectors' barrier too. */
    private boolean barrier(Partition in, Barrier barrier) {
        return switch (join.sides()) {
            case ONE_LOG -> {
                in.sweep().barrier(barrier);
                yield false;
            }
            case TWO_SOURCES -> {
                String id = barrier.id();
                boolean ofDocuments = id.endsWith(DocumentJoin.BARRIER_OF_DOCUMENTS);
                if (ofDocuments) {
                    String issued = id.substring(0, id.length() - DocumentJoin.BARRIER_OF_DOCUMENTS.length());
                    in.sweep().barrier(barrier.named(issued));
                }
                yield ofDocuments;
            }
        };
    }

    private static void mark(Partition in, Barrier barrier) {
        in.deletions().forget(in.nowMicros());
        send(in, ReferenceKeys.mark(in.context().taskId().partition()), new Change.BarrierMark(barrier));
    }

    private void send(Partition in, Value reference, SourceKey document, Change change) {
        // What can be no vector's key is sent too: it is an orphan there.
        List<Value> vector = join.key(reference).orElse(List.of(reference));
        send(in, ReferenceKeys.of(join.collection(), vector, document.parts()), change);
    }

    private static void send(Partition in, SourceKey key, Change change) {
        in.context()
                .forward(
                        new Record<>(
                                ReferenceKeys.bytes(key),
                                SideStore.encoded(change),
                                in.context().currentSystemTimeMs()),
                        REFERENCES);
    }

    private boolean isReferences(Field field) {
        return field.name().equals(join.references());
    }

    private Set<Value> referencesOf(Optional<Change> change) {
        Set<Value> found = new LinkedHashSet<>();
        if (change.isPresent() && change.get() instanceof Change.Upsert upsert) {
            upsert.row().field(join.references()).map(Field::value).ifPresent(value -> {
                if (value instanceof Value.Items(List<Value> items)) {
                    found.addAll(items);
                } else {
                    found.add(value);
                }
            });
        }
        found.remove(Value.NULL);
        return found;
    }
}
