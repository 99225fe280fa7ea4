package io.vectorferry.producer.postgres.capture;

import java.nio.charset.StandardCharsets;

/**
 * A logical message that says from where in the log on a table stands at another version: the changes before it belong
 * to the generation before. Its content is {@code <version> <collection>}.
 */
public record TableMark(String collection, String version) {
    private static final String SUFFIX = ".table";

    public static String prefix(String pipeline) {
        return BarrierMessage.prefix(pipeline) + SUFFIX;
    }

    /** Of a message whose prefix is neither this nor a barrier's. */
    public static boolean isOf(String pipelinePrefix, String prefix) {
        return prefix.equals(pipelinePrefix + SUFFIX);
    }

    public byte[] content() {
        return (version + " " + collection).getBytes(StandardCharsets.UTF_8);
    }

    public static TableMark parse(byte[] content) {
        String text = new String(content, StandardCharsets.UTF_8);
        int space = text.indexOf(' ');
        return new TableMark(text.substring(space + 1), text.substring(0, space));
    }
}
