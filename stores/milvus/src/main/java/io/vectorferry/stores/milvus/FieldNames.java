package io.vectorferry.stores.milvus;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/**
 * The names that Milvus allows for a field or a collection: letters, digits and {@code _}, at most 255, no digit
 * first.
 */
public final class FieldNames {
    public static final String ID = "id";
    public static final String DYNAMIC = "$meta";
    private static final int MAX_LENGTH = 255;

    private FieldNames() {}

    /** Returns the name of the second of two that {@link #legal} maps to one. */
    public static String distinct(String legal, String original) {
        CRC32 sum = new CRC32();
        sum.update(original.getBytes(StandardCharsets.UTF_8));
        String suffix = "_%08x".formatted(sum.getValue());
        return legal.endsWith(suffix)
                ? legal
                : legal.substring(0, Math.min(MAX_LENGTH - suffix.length(), legal.length())) + suffix;
    }

    public static String legal(String name) {
        String legal = name.replaceAll("[^A-Za-z0-9_]", "_");
        if (legal.isEmpty() || Character.isDigit(legal.charAt(0))) {
            legal = "_" + legal;
        }
        return legal.substring(0, Math.min(MAX_LENGTH, legal.length()));
    }
}
