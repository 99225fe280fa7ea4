package io.vectorferry.stream.state;

import java.nio.ByteBuffer;

/** What one partition has counted since the pipeline began. */
public record StreamCounts(long noops, long stale, long deadLetters) {
    public static final StreamCounts ZERO = new StreamCounts(0, 0, 0);

    public byte[] encode() {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(noops)
                .putLong(stale)
                .putLong(deadLetters)
                .array();
    }

    public static StreamCounts decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new StreamCounts(in.getLong(), in.getLong(), in.getLong());
    }
}
