package io.vectorferry.sink.milvus;

/** Which names Milvus takes for a field or a collection: letters, digits and {@code _}, at most 255, no digit first. */
final class FieldNames {
    static final String ID = "id";
    static final String DYNAMIC = "$meta";
    private static final int MAX_LENGTH = 255;

    private FieldNames() {}

    static String legal(String name) {
        String legal = name.replaceAll("[^A-Za-z0-9_]", "_");
        if (legal.isEmpty() || Character.isDigit(legal.charAt(0))) {
            legal = "_" + legal;
        }
        return legal.substring(0, Math.min(MAX_LENGTH, legal.length()));
    }
}
