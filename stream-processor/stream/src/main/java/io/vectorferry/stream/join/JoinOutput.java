package io.vectorferry.stream.join;

import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.state.JoinStores.ChangeCount;
import io.vectorferry.stream.join.state.SideOrder;
import io.vectorferry.stream.join.state.SideStore;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** The output of the join: joined rows, their deletions, and barriers. It stores which rows exist. */
public final class JoinOutput {
    private static final String VECTOR = "embedding";

    /** The sides' own generations end at the join. */
    private static final int GENERATION = 1;

    private final DocumentJoin join;
    private final ProcessorContext<byte[], byte[]> context;
    private final SideStore store;
    private final ChangeCount count;
    private final String next;

    /** @param next the processor that takes them */
    JoinOutput(
            DocumentJoin join,
            ProcessorContext<byte[], byte[]> context,
            SideStore store,
            ChangeCount count,
            String next) {
        this.join = join;
        this.context = context;
        this.store = store;
        this.count = count;
        this.next = next;
    }

    /** Returns whether the row did not exist before. */
    boolean upsert(SourceKey key, long micros, Change.Upsert vector, Change document) {
        boolean isNew = standing(key).isEmpty();
        long last = store.get(Kind.JOINED, key)
                .map(SideOrder::positionOf)
                .map(SourcePosition::place)
                .orElse(0L);
        SourcePosition position = position(count.next(last));
        store.put(Kind.JOINED, key, new Change.Upsert(vector.origin(), position, 0, new Row(null, List.of())));
        forward(key, joined(position, micros, vector, document));
        return isNew;
    }

    /** Returns whether the row existed before; otherwise nothing is emitted. */
    public boolean delete(SourceKey key, long micros) {
        Optional<SourcePosition> before = standing(key);
        before.ifPresent(last -> {
            store.delete(Kind.JOINED, key);
            forward(key, new Change.Delete(position(count.next(last.place())), micros));
        });
        return before.isPresent();
    }

    /** A row that stands, as what was redriven. */
    void upsertAgain(SourceKey key, Change.Upsert vector, Change document) {
        standing(key)
                .ifPresent(position ->
                        forwardAgain(key, position, joined(position, vector.sourceMicros(), vector, document)));
    }

    void deleteAgain(SourceKey key) {
        SourcePosition oldest = SourcePosition.snapshot(GENERATION);
        forwardAgain(key, oldest, new Change.Delete(oldest, 0));
    }

    /** No joined row comes late, so what is behind may forget deletions. */
    void comeInOrder() {
        send(new byte[0], new Change.SnapshotComplete(join.collection(), GENERATION));
    }

    void barrier(Barrier barrier) {
        send(new byte[0], new Change.BarrierMark(barrier));
    }

    /** Passes the record on unchanged. */
    public void pass(Record<byte[], byte[]> record) {
        context.forward(record, next);
    }

    private void forward(SourceKey key, Change change) {
        send(ReferenceKeys.bytes(key), change);
    }

    private void send(byte[] key, Change change) {
        context.forward(new Record<>(key, SideStore.encoded(change), context.currentSystemTimeMs()), next);
    }

    private void forwardAgain(SourceKey key, SourcePosition position, Change change) {
        forward(key, Change.Redrive.ofRepair(position, UnsafeByteOperations.unsafeWrap(SideStore.encoded(change))));
    }

    /** The position of its last change; empty where no row stands. */
    private Optional<SourcePosition> standing(SourceKey key) {
        return store.get(Kind.JOINED, key)
                .filter(Change.Upsert.class::isInstance)
                .map(standing -> ((Change.Upsert) standing).position());
    }

    private Change joined(SourcePosition position, long micros, Change.Upsert vector, Change document) {
        @Nullable VectorColumn column = vector.row().vectorColumn();
        Row whole = new Row(column == null ? null : named(column), fieldsOf(document));
        return new Change.Upsert(vector.origin(), position, micros, whole);
    }

    private VectorColumn named(VectorColumn column) {
        return switch (join.sides()) {
            case TWO_SOURCES -> column.named(VECTOR);
            case ONE_LOG -> column;
        };
    }

    private static List<Field> fieldsOf(Change document) {
        if (document instanceof Change.Upsert upsert) {
            return upsert.row().fields();
        }
        throw new IllegalStateException("a reference stands as its document");
    }

    /** A joined row's positions only count: whichever side changed. */
    private static SourcePosition position(long count) {
        return SourcePosition.stream(GENERATION, count, 0);
    }
}
