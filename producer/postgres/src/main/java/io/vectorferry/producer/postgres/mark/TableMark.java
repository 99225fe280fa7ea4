package io.vectorferry.producer.postgres.mark;

import java.nio.charset.StandardCharsets;

/**
 * A logical message that marks where in the log a table changes to another version: the changes before it belong to
 * the former generation. Its content is {@code <version> <collection>}.
 */
public record TableMark(String collection, String version) {
    private static final String SUFFIX = ".table";

    public static String prefix(String pipeline) {
        return BarrierMessage.prefix(pipeline) + SUFFIX;
    }

    /** Returns whether the prefix is that of a mark, and not of a barrier or anything else. */
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
