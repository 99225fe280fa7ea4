package io.vectorferry.rules.ids;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The collections that share a table with another one in some target.
 *
 * @param tables of such a collection: a name that all which may clash with it have in common
 * @param all that name, where every collection goes to one table, also one that is yet to come
 */
public record SharedTables(Map<String, String> tables, Optional<String> all) {
    public static final SharedTables NONE = new SharedTables(Map.of(), Optional.empty());

    public SharedTables {
        tables = Map.copyOf(tables);
    }

    public Optional<String> tableOf(String collection) {
        return all.isPresent() ? all : Optional.ofNullable(tables.get(collection));
    }

    public boolean isEmpty() {
        return tables.isEmpty() && all.isEmpty();
    }

    /** One text for the same sharing, whatever the order. */
    String fingerprint() {
        return all.orElseGet(() -> tables.isEmpty() ? "" : new TreeMap<>(tables).toString());
    }
}
