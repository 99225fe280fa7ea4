package io.vectorferry.control;

import java.util.stream.Stream;

/** The header {@code If-None-Match}: a list of tags, of which clients leave the quotes out. */
final class EntityTag {
    private EntityTag() {}

    static boolean matches(String ifNoneMatch, String tag) {
        return Stream.of(ifNoneMatch.split(",", -1))
                .map(String::strip)
                .anyMatch(one -> one.equals("*") || bare(one).equals(bare(tag)));
    }

    private static String bare(String tag) {
        String strong = tag.startsWith("W/") ? tag.substring(2) : tag;
        return strong.length() > 1 && strong.startsWith("\"") && strong.endsWith("\"")
                ? strong.substring(1, strong.length() - 1)
                : strong;
    }
}
