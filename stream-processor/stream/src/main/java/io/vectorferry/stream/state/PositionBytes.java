package io.vectorferry.stream.state;

import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.SourcePosition.Phase;
import java.nio.ByteBuffer;

/** A source position in 17 bytes of a state store. */
public final class PositionBytes {
    private PositionBytes() {}

    public static ByteBuffer write(int bytes, SourcePosition position) {
        return write(ByteBuffer.allocate(bytes), position);
    }

    public static ByteBuffer write(ByteBuffer out, SourcePosition position) {
        return out.putInt(position.generation())
                .put((byte) (position.phase() == Phase.STREAM ? 1 : 0))
                .putLong(position.place())
                .putInt(position.order());
    }

    static SourcePosition read(ByteBuffer in) {
        return new SourcePosition(
                in.getInt(), in.get() == 1 ? Phase.STREAM : Phase.SNAPSHOT, in.getLong(), in.getInt());
    }
}
