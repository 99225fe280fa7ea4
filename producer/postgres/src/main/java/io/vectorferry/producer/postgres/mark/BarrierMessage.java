package io.vectorferry.producer.postgres.mark;

import io.vectorferry.contracts.message.Barrier;
import java.nio.charset.StandardCharsets;

/**
 * A barrier as a logical message's content: {@code <issued micros> <id> <sequence> <acknowledged>}. Version 0.1 wrote
 * only the first two, and the log may still have such messages.
 */
public final class BarrierMessage {
    private BarrierMessage() {}

    /** Returns the prefix of a pipeline's messages, so that two pipelines on one server do not see each other's. */
    public static String prefix(String pipeline) {
        return "vectorferry." + pipeline;
    }

    public static String format(Barrier barrier) {
        return "%d %s %d %d"
                .formatted(barrier.issuedMicros(), barrier.id(), barrier.sequence(), barrier.acknowledged());
    }

    public static Barrier parse(byte[] content, String sourcePosition) {
        String[] parts = new String(content, StandardCharsets.UTF_8).split(" ", -1);
        long sequence = parts.length > 2 ? Long.parseLong(parts[2]) : 0;
        long acknowledged = parts.length > 3 ? Long.parseLong(parts[3]) : 0;
        return new Barrier(parts[1], Long.parseLong(parts[0]), sourcePosition, sequence, acknowledged);
    }
}
