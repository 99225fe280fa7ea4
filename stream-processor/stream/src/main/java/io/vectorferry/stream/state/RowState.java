package io.vectorferry.stream.state;

import io.vectorferry.contracts.codec.Hash128;
import io.vectorferry.contracts.message.SourcePosition;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The state of one key: 34 bytes, never the vector.
 *
 * @param inTarget the target holds a row under this key, with the content of {@code hash}; a rejected update leaves
 *     the row before it there
 * @param deletedMillis wall time of the deletion, after which it may be forgotten; 0 for all but {@code DELETED}
 */
public record RowState(SourcePosition position, Status status, boolean inTarget, Hash128 hash, long deletedMillis) {
    public enum Status {
        PRESENT(1),
        DELETED(2),
        FILTERED_OUT(3),
        REJECTED(4);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        public static Status of(int code) {
            return switch (code) {
                case 1 -> PRESENT;
                case 2 -> DELETED;
                case 3 -> FILTERED_OUT;
                case 4 -> REJECTED;
                default -> throw new IllegalStateException("the store holds an unknown status " + code);
            };
        }
    }

    private static final int BYTES = 4 + 1 + 8 + 4 + 1 + 16;
    private static final int IN_TARGET = 0x80;

    public static RowState present(SourcePosition position, Hash128 hash) {
        return new RowState(position, Status.PRESENT, true, hash, 0);
    }

    public static RowState deleted(SourcePosition position, long nowMillis) {
        return new RowState(position, Status.DELETED, false, Hash128.NONE, nowMillis);
    }

    public static RowState filteredOut(SourcePosition position) {
        return new RowState(position, Status.FILTERED_OUT, false, Hash128.NONE, 0);
    }

    public static RowState rejected(SourcePosition position, @Nullable RowState before) {
        return before != null && before.inTarget
                ? new RowState(position, Status.REJECTED, true, before.hash, 0)
                : new RowState(position, Status.REJECTED, false, Hash128.NONE, 0);
    }

    public boolean holds(Hash128 content) {
        return inTarget && hash.equals(content);
    }

    public byte[] encode() {
        return PositionBytes.write(BYTES, position)
                .put((byte) (status.code | (inTarget ? IN_TARGET : 0)))
                .putLong(status == Status.DELETED ? deletedMillis : hash.high())
                .putLong(hash.low())
                .array();
    }

    public static RowState decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        SourcePosition position = PositionBytes.read(in);
        int flags = in.get();
        Status status = Status.of(flags & 0x0F);
        long high = in.getLong();
        long low = in.getLong();
        return status == Status.DELETED
                ? deleted(position, high)
                : new RowState(position, status, (flags & IN_TARGET) != 0, new Hash128(high, low), 0);
    }
}
