package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.message.Barrier;
import java.nio.charset.StandardCharsets;

/** A barrier as a logical message's content: {@code <issued micros> <id>}. */
public final class BarrierMessage {
    private BarrierMessage() {}

    /** Of a pipeline's messages, so that two pipelines on one server do not see each other's. */
    public static String prefix(String pipeline) {
        return "vectorferry." + pipeline;
    }

    public static String format(Barrier barrier) {
        return barrier.issuedMicros() + " " + barrier.id();
    }

    public static Barrier parse(byte[] content, String sourcePosition) {
        String text = new String(content, StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        return new Barrier(text.substring(space + 1), Long.parseLong(text.substring(0, space)), sourcePosition);
    }
}
