package io.vectorferry.stream;

import io.vectorferry.contracts.message.SourcePosition;
import java.nio.ByteBuffer;

/**
 * What is remembered of a collection, in each partition.
 *
 * @param floor what is older is stale, whether its key is known or not: raised by a truncation and by a complete snapshot
 * @param completeGeneration the newest generation whose snapshot is complete; -1 when none is
 */
record CollectionState(SourcePosition floor, int completeGeneration) {
    static final CollectionState UNKNOWN = new CollectionState(SourcePosition.snapshot(0), -1);

    private static final int BYTES = 4 + 1 + 8 + 4 + 4;

    CollectionState truncatedAt(SourcePosition position) {
        return new CollectionState(later(position), completeGeneration);
    }

    CollectionState completed(int generation) {
        return new CollectionState(later(SourcePosition.snapshot(generation)), generation);
    }

    private SourcePosition later(SourcePosition position) {
        return position.isAfter(floor) ? position : floor;
    }

    byte[] encode() {
        return Positions.write(BYTES, floor).putInt(completeGeneration).array();
    }

    static CollectionState decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new CollectionState(Positions.read(in), in.getInt());
    }
}
