package io.vectorferry.stream;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The collections that share a table with another one in some target.
 *
 * @param tables of such a collection: a name that all which may clash with it have in common
 */
public record SharedTables(Map<String, String> tables) {
    public static final SharedTables NONE = new SharedTables(Map.of());

    public SharedTables {
        tables = Map.copyOf(tables);
    }

    Optional<String> tableOf(String collection) {
        return Optional.ofNullable(tables.get(collection));
    }

    boolean isEmpty() {
        return tables.isEmpty();
    }

    /** One text for the same sharing, whatever the order. */
    String fingerprint() {
        return isEmpty() ? "" : new TreeMap<>(tables).toString();
    }
}
