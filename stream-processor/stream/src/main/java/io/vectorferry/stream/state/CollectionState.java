package io.vectorferry.stream.state;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The state of a collection in one partition.
 *
 * @param floor what is older is stale, whether its key is known or not: raised by a truncation and by a complete
 *     snapshot
 * @param completeGeneration the newest generation whose snapshot is complete; -1 when none is
 * @param sweep the deletion of what is older, as long as it is under way
 */
public record CollectionState(SourcePosition floor, int completeGeneration, Optional<Sweep> sweep) {
    public static final CollectionState UNKNOWN = new CollectionState(SourcePosition.snapshot(0), -1, Optional.empty());

    private static final int BYTES = 4 + 1 + 8 + 4 + 4;
    private static final int SWEEP_BYTES = 4 + 1 + 8 + 4 + 4;

    /**
     * How far the deletion of the keys that are older than a position is; it goes key by key, in the order of their bytes.
     *
     * @param from the first key that has not been looked at
     * @param held the newest barrier that came meanwhile: it may pass when all that stood before it is done
     */
    public record Sweep(
            SourcePosition older, Bytes from, @Nullable Barrier held) {
        public Sweep at(Bytes key) {
            return new Sweep(older, key, held);
        }
    }

    /** @param first of the collection's keys */
    public CollectionState truncatedAt(SourcePosition position, Bytes first) {
        return sweeping(completeGeneration, position, first);
    }

    public CollectionState completed(int generation, Bytes first) {
        return sweeping(generation, SourcePosition.snapshot(generation), first);
    }

    /** A running sweep starts over with the later position, which covers the earlier. */
    private CollectionState sweeping(int generation, SourcePosition position, Bytes first) {
        SourcePosition later = later(position);
        return new CollectionState(
                later,
                generation,
                Optional.of(new Sweep(later, first, sweep.map(Sweep::held).orElse(null))));
    }

    public CollectionState holding(Barrier barrier) {
        return with(sweep.map(under -> new Sweep(under.older(), under.from(), barrier)));
    }

    public CollectionState with(Optional<Sweep> now) {
        return new CollectionState(floor, completeGeneration, now);
    }

    private SourcePosition later(SourcePosition position) {
        return position.isAfter(floor) ? position : floor;
    }

    public byte[] encode() {
        if (sweep.isEmpty()) {
            return PositionBytes.write(BYTES, floor).putInt(completeGeneration).array();
        }
        Sweep under = sweep.get();
        byte[] from = under.from().get();
        byte[] held = under.held() == null
                ? new byte[0]
                : Objects.requireNonNull(Codecs.CHANGE.encode(new Change.BarrierMark(under.held())));
        ByteBuffer out = PositionBytes.write(BYTES + SWEEP_BYTES + from.length + held.length, floor)
                .putInt(completeGeneration);
        return PositionBytes.write(out, under.older())
                .putInt(from.length)
                .put(from)
                .put(held)
                .array();
    }

    public static CollectionState decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        SourcePosition floor = PositionBytes.read(in);
        int generation = in.getInt();
        return new CollectionState(floor, generation, in.hasRemaining() ? Optional.of(sweep(in)) : Optional.empty());
    }

    private static Sweep sweep(ByteBuffer in) {
        SourcePosition older = PositionBytes.read(in);
        byte[] from = new byte[in.getInt()];
        in.get(from);
        return new Sweep(older, Bytes.wrap(from), in.hasRemaining() ? held(ByteString.copyFrom(in)) : null);
    }

    private static Barrier held(ByteString bytes) {
        if (Codecs.CHANGE.decode(bytes.toByteArray()) instanceof Change.BarrierMark(Barrier barrier)) {
            return barrier;
        }
        throw new IllegalStateException("a sweep holds a barrier");
    }
}
