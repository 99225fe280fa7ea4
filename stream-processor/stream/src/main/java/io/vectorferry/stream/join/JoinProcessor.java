package io.vectorferry.stream.join;

import io.vectorferry.contracts.Micros;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.OrphanReferences.OrphanLetters;
import io.vectorferry.stream.join.state.JoinStores;
import io.vectorferry.stream.join.state.JoinStores.ChangeCount;
import io.vectorferry.stream.join.state.JoinStores.UnmatchedCounts;
import io.vectorferry.stream.join.state.JoinTombstones;
import io.vectorferry.stream.join.state.SideOrder;
import io.vectorferry.stream.join.state.SideStore;
import io.vectorferry.stream.join.state.SideStore.Kind;
import io.vectorferry.stream.join.state.SideSweep;
import io.vectorferry.stream.join.state.VectorSnapshotCompletion;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of every vector's key the vector and the references to it, and emits the joined row when both are there, its
 * deletion when one goes. References come in the order that one task sent them in, each of one document, so the last one
 * stands; vectors are ordered by their own positions.
 */
final class JoinProcessor implements Processor<byte[], byte[], byte[], byte[]> {
    private static final Duration TELL_COUNTS_EVERY = Duration.ofSeconds(1);

    private final DocumentJoin join;
    private final String referencesTopic;
    private final int partitions;
    private final String next;
    private final ReferenceCountListener counts;
    private @Nullable Partition partition;

    private record Partition(
            DocumentJoin.Sides sides,
            ProcessorContext<byte[], byte[]> context,
            SideStore store,
            SideOrder vectors,
            JoinTombstones deletions,
            SideSweep sweep,
            BarrierAlignment barriers,
            UnmatchedReferences halves,
            JoinOutput joined,
            Cancellable telling) {

        /**
         * Returns whether both sides have one log: a barrier that arrives after a change of that log comes after it
         * there too.
         */
        OrphanReferences.Since since(SourcePosition reference) {
            boolean isLogged = sides == DocumentJoin.Sides.ONE_LOG && reference.phase() == SourcePosition.Phase.STREAM;
            return new OrphanReferences.Since(barriers.newestSequence(), isLogged);
        }

        OrphanReferences.Since now() {
            return new OrphanReferences.Since(barriers.newestSequence(), false);
        }

        long clockMicros() {
            return Micros.ofMillis(context.currentSystemTimeMs());
        }
    }

    JoinProcessor(
            DocumentJoin join, String referencesTopic, int partitions, String next, ReferenceCountListener counts) {
        this.join = join;
        this.referencesTopic = referencesTopic;
        this.partitions = partitions;
        this.next = next;
        this.counts = counts;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        KeyValueStore<Bytes, byte[]> entries = context.getStateStore(JoinStores.SIDES);
        SideStore store = new SideStore(entries);
        SideOrder vectors = new SideOrder(store);
        KeyValueStore<String, Long> numbers = context.getStateStore(JoinStores.COUNTS);
        UnmatchedReferences halves = new UnmatchedReferences(
                store,
                new OrphanReferences(context.getStateStore(JoinStores.ORPHANS)),
                new OrphanLetters(context),
                new UnmatchedCounts(numbers),
                new VectorSnapshotCompletion(store));
        int number = context.taskId().partition();
        counts.joined(number, halves.now());
        Cancellable telling = context.schedule(
                TELL_COUNTS_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> counts.joined(number, halves.now()));
        partition = new Partition(
                join.sides(),
                context,
                store,
                vectors,
                new JoinTombstones(store, vectors, entries),
                new SideSweep(context, store, vectors, this::deleteStale, this::vectorsPassed),
                new BarrierAlignment(store, partitions),
                halves,
                new JoinOutput(join, context, store, new ChangeCount(numbers), next),
                telling);
    }

    /** A task that Streams revives keeps its schedule and is given a new one. */
    @Override
    public void close() {
        if (partition != null) {
            partition.telling().cancel();
            partition.sweep().close();
            partition = null;
        }
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        Partition in = partition();
        Optional<Change> change = DocumentProcessor.decoded(record.value());
        if (change.isEmpty()) {
            in.joined().pass(record);
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
                if (vectorOf(in, ReferenceKeys.vector(key)).isEmpty()) {
                    in.halves().missing(key, in.since(upsert.position()));
                }
                join(in, ReferenceKeys.vector(key), upsert.sourceMicros());
            }
            case Change.Delete delete -> {
                in.store().delete(Kind.REFERENCE, key);
                in.halves().settled(key);
                join(in, ReferenceKeys.vector(key), delete.sourceMicros());
            }
            case Change.BarrierMark(Barrier barrier) ->
                in.barriers().passed(key, barrier).ifPresent(b -> passed(in, b));
            case Change.Truncate t -> throw new IllegalArgumentException("a truncation of references");
            case Change.SnapshotComplete c -> throw new IllegalArgumentException("a snapshot of references");
            case Change.Redrive r -> throw new IllegalArgumentException("a redrive of references");
        }
    }

    private void vector(Partition in, Record<byte[], byte[]> record, Change change) {
        switch (change) {
            case Change.Upsert upsert -> upsert(in, joinedKey(record), upsert);
            case Change.Delete delete -> delete(in, joinedKey(record), delete);
            case Change.Truncate(String collection, SourcePosition position, long micros) ->
                in.sweep().begin(position, micros);
            case Change.SnapshotComplete(String collection, int generation) -> {
                in.sweep().begin(SourcePosition.snapshot(generation), 0);
                if (in.halves().snapshots().complete(generation)) {
                    in.joined().comeInOrder();
                }
            }
            case Change.BarrierMark(Barrier barrier) -> {
                in.deletions().forget(in.clockMicros());
                in.sweep().barrier(barrier);
            }
            case Change.Redrive redrive -> redrive(in, record);
        }
    }

    private static void passed(Partition in, Barrier barrier) {
        in.halves().passed(barrier);
        in.joined().barrier(barrier);
    }

    private SourceKey joinedKey(Record<byte[], byte[]> record) {
        return new SourceKey(
                join.collection(), Codecs.SOURCE_KEY.decode(record.key()).parts());
    }

    private static void upsert(Partition in, SourceKey key, Change.Upsert upsert) {
        in.halves().snapshots().seen(upsert.position().generation());
        if (in.vectors().admits(key, upsert.position())) {
            in.store().put(Kind.ROW, key, upsert);
            join(in, key, upsert.sourceMicros());
        }
    }

    private static void delete(Partition in, SourceKey key, Change.Delete delete) {
        in.halves().snapshots().seen(delete.position().generation());
        if (in.vectors().admits(key, delete.position())) {
            in.deletions().remember(key, delete.position(), in.clockMicros());
            join(in, key, delete.sourceMicros());
        }
    }

    /** A row that is to go out again goes as it is joined now; what it was when it failed, or what the source has by now, says less. */
    private void redrive(Partition in, Record<byte[], byte[]> record) {
        SourceKey key = Codecs.SOURCE_KEY.decode(record.key());
        if (!key.collection().equals(join.collection()) || key.parts().size() > 1) {
            in.joined().pass(record);
            return;
        }
        Optional<Change.Upsert> vector = vectorOf(in, key);
        Optional<Change> document = in.store().firstUnder(Kind.REFERENCE, key);
        if (vector.isPresent() && document.isPresent()) {
            in.joined().upsertAgain(key, vector.get(), document.get());
        } else {
            in.joined().deleteAgain(key);
        }
    }

    private Partition partition() {
        return Objects.requireNonNull(partition, "init comes first");
    }

    private void deleteStale(SourceKey key, Change.Truncate sweep) {
        Partition in = partition();
        in.deletions().remember(key, sweep.position(), in.clockMicros());
        join(in, key, sweep.sourceMicros());
    }

    private void vectorsPassed(Barrier barrier) {
        Partition in = partition();
        in.barriers().passed(BarrierAlignment.VECTORS, barrier).ifPresent(b -> passed(in, b));
    }

    /** Joins a vector: of several documents that refer to it, the first in key order provides the fields. */
    private static void join(Partition in, SourceKey key, long micros) {
        Optional<Change.Upsert> vector = vectorOf(in, key);
        Optional<Change> document = in.store().firstUnder(Kind.REFERENCE, key);
        in.halves().unreferenced(key, vector.isPresent() && document.isEmpty());
        if (vector.isPresent() && document.isPresent()) {
            if (in.joined().upsert(key, micros, vector.get(), document.get())) {
                in.halves().vectorCame(key);
            }
        } else if (in.joined().delete(key, micros)) {
            in.halves().vectorWent(key, in.now());
        }
    }

    private static Optional<Change.Upsert> vectorOf(Partition in, SourceKey key) {
        return in.store()
                .get(Kind.ROW, key)
                .filter(Change.Upsert.class::isInstance)
                .map(Change.Upsert.class::cast);
    }
}
