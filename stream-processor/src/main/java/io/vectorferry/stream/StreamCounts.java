package io.vectorferry.stream;

import java.nio.ByteBuffer;

/** What one partition has counted since the pipeline began. */
record StreamCounts(long noops, long stale, long deadLetters) {
    static final StreamCounts ZERO = new StreamCounts(0, 0, 0);

    byte[] encode() {
        return ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(noops)
                .putLong(stale)
                .putLong(deadLetters)
                .array();
    }

    static StreamCounts decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new StreamCounts(in.getLong(), in.getLong(), in.getLong());
    }
}
