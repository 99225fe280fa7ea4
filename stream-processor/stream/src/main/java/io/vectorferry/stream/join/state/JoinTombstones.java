package io.vectorferry.stream.join.state;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.rules.ReferenceKeys;
import io.vectorferry.stream.join.state.SideStore.Kind;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The deletions of one side, as its rows' last changes, which keep what is older from coming back. Each is forgotten
 * once {@code changes} holds nothing that is older and its side's snapshot is over. Time does not advance while no
 * barrier comes from the side: a producer that was stopped may publish again what it had not recorded as published,
 * and only then.
 */
public final class JoinTombstones {
    /** A barrier waits for no more than these; the others go with the next ones. */
    private static final int MAX_FORGOTTEN_A_BARRIER = 1_000;

    /** The kind of these entries in the store of {@link SideStore}. */
    private static final byte SINCE = 'x';

    private static final byte[] NOTHING = new byte[0];
    private static final long RETENTION_MICROS = Topics.CHANGES_RETENTION.toMillis() * 1_000;

    private final SideStore rows;
    private final SideOrder order;
    private final KeyValueStore<Bytes, byte[]> store;

    private record Due(Bytes entry, long sinceMicros, SourceKey key) {}

    public JoinTombstones(SideStore rows, SideOrder order, KeyValueStore<Bytes, byte[]> store) {
        this.rows = rows;
        this.order = order;
        this.store = store;
    }

    public void remember(SourceKey key, SourcePosition position, long nowMicros) {
        rows.put(Kind.ROW, key, new Change.Delete(position, nowMicros));
        store.put(since(nowMicros, ReferenceKeys.bytes(key)), NOTHING);
    }

    /** Removes old deletions, at a barrier of this side. */
    public void forget(long nowMicros) {
        for (Due due : due(nowMicros - RETENTION_MICROS)) {
            Optional<Change.Delete> still = rows.get(Kind.ROW, due.key())
                    .filter(Change.Delete.class::isInstance)
                    .map(Change.Delete.class::cast)
                    .filter(last -> last.sourceMicros() == due.sinceMicros());
            if (still.isEmpty()) {
                store.delete(due.entry()); // it came again since
            } else if (order.isBehindSnapshotOf(still.get().position())) {
                rows.delete(Kind.ROW, due.key());
                store.delete(due.entry());
            }
        }
    }

    /** The oldest. */
    private List<Due> due(long beforeMicros) {
        List<Due> due = new ArrayList<>();
        try (KeyValueIterator<Bytes, byte[]> all =
                store.range(since(0, NOTHING), since(Math.max(0, beforeMicros), NOTHING))) {
            while (all.hasNext() && due.size() < MAX_FORGOTTEN_A_BARRIER) {
                Bytes entry = all.next().key;
                byte[] bytes = entry.get();
                long since = ByteBuffer.wrap(bytes, 1, Long.BYTES).getLong();
                byte[] key = Arrays.copyOfRange(bytes, 1 + Long.BYTES, bytes.length);
                due.add(new Due(entry, since, Codecs.SOURCE_KEY.decode(key)));
            }
        }
        return due;
    }

    private static Bytes since(long micros, byte[] key) {
        return Bytes.wrap(ByteBuffer.allocate(1 + Long.BYTES + key.length)
                .put(SINCE)
                .putLong(micros)
                .put(key)
                .array());
    }
}
