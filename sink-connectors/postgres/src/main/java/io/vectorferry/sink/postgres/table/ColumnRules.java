package io.vectorferry.sink.postgres.table;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** The names that a column can have. */
public final class ColumnRules {
    public static final String ID = "id";

    /** The greatest that PostgreSQL does not cut. */
    private static final int MAX_NAME_BYTES = 63;

    private static final Set<String> SYSTEM = Set.of("ctid", "xmin", "xmax", "cmin", "cmax", "tableoid");

    private ColumnRules() {}

    /** Returns why no column can have the name; empty where one can. */
    public static Optional<String> problem(String name) {
        if (name.isEmpty()) {
            return Optional.of("a column needs a name");
        }
        if (SYSTEM.contains(name)) {
            return Optional.of("PostgreSQL keeps the column name %s for itself".formatted(name));
        }
        if (name.indexOf(0) >= 0 || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
            return Optional.of("a column name of PostgreSQL has at most %d bytes, none of them zero: rename the field"
                    .formatted(MAX_NAME_BYTES));
        }
        return Optional.empty();
    }
}
