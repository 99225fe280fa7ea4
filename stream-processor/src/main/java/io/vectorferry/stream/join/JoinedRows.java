package io.vectorferry.stream.join;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.stream.join.SideStore.Kind;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/** What goes on behind the join: joined rows, their deletions, and barriers. It remembers which rows stand. */
final class JoinedRows {
    private static final String VECTOR = "embedding";

    private final DocumentJoin join;
    private final ProcessorContext<byte[], byte[]> context;
    private final SideStore store;
    private final String next;

    /** @param next the processor that takes them */
    JoinedRows(DocumentJoin join, ProcessorContext<byte[], byte[]> context, SideStore store, String next) {
        this.join = join;
        this.context = context;
        this.store = store;
        this.next = next;
    }

    /** Returns whether the row did not stand before. */
    boolean upsert(SourceKey key, long micros, Change.Upsert vector, Change document) {
        Optional<Change> before = store.get(Kind.JOINED, key);
        SourcePosition position = after(before);
        @Nullable VectorColumn column = vector.row().vectorColumn();
        Row whole = new Row(column == null ? null : named(column), fieldsOf(document));
        store.put(Kind.JOINED, key, new Change.Upsert(vector.origin(), position, 0, new Row(null, List.of())));
        forward(key, new Change.Upsert(vector.origin(), position, micros, whole));
        return !stands(before);
    }

    /** Returns whether the row stood before; else nothing goes on. */
    boolean delete(SourceKey key, long micros) {
        Optional<Change> before = store.get(Kind.JOINED, key);
        if (!stands(before)) {
            return false;
        }
        Change delete = new Change.Delete(after(before), micros);
        store.put(Kind.JOINED, key, delete);
        forward(key, delete);
        return true;
    }

    void barrier(Barrier barrier) {
        send(new byte[0], new Change.BarrierMark(barrier));
    }

    /** As it came. */
    void pass(Record<byte[], byte[]> record) {
        context.forward(record, next);
    }

    private void forward(SourceKey key, Change change) {
        send(ReferenceKeys.bytes(key), change);
    }

    private void send(byte[] key, Change change) {
        context.forward(new Record<>(key, SideStore.encoded(change), context.currentSystemTimeMs()), next);
    }

    private static boolean stands(Optional<Change> joined) {
        return joined.filter(Change.Upsert.class::isInstance).isPresent();
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
}
