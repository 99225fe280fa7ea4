package io.vectorferry.producer.postgres.slot;

import io.vectorferry.producer.postgres.config.PostgresConfig;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The version of a table, by which changes of rows are detected that are not in the log: which table has the name,
 * since when the publication has it, the versions of its columns' catalog rows, and the files of its rows. VACUUM FULL
 * changes the files and no column; a new column without a default changes no file.
 *
 * @param text as {@code control} keeps it, four sections with a semicolon between them: {@code
 *     number:xmin:name:mark,…} of the columns, with a hash of the name and a mark d (has a default that old rows, of a
 *     partition too, show) or v (is computed when it is read); {@code leaf:file:xmin:mark,…} with a mark a (was
 *     attached as a partition, which may have had rows); {@code oid:membership.membership:children:xmin:key} with the
 *     version of the row type's catalog row, which renaming the table rewrites, and the numbers of the key's
 *     columns (of the primary key, or of the index that is the replica identity); {@code oldest transaction:replaced
 *     generation}. Older texts lack the later sections, and the key.
 */
public record TableVersion(String text) {
    /** One statement, so that all of it is of one moment. */
    private static final String QUERY = """
            WITH RECURSIVE tree (relid, attached) AS (
                SELECT c.oid, false FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relname = ?
                UNION ALL
                SELECT i.inhrelid, t.attached OR i.xmin <> s.xmin FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
                JOIN pg_attribute s ON s.attrelid = i.inhrelid AND s.attnum = -1)
            SELECT coalesce((SELECT string_agg(format('%%s:%%s:%%s:%%s', a.attnum, a.xmin, hashtext(a.attname::text),
                         CASE WHEN a.attgenerated = 'v' THEN 'v' WHEN a.atthasmissing OR (c.relkind = 'p' AND EXISTS (
                           SELECT FROM tree t JOIN pg_attribute l ON l.attrelid = t.relid WHERE l.attname = a.attname AND l.atthasmissing))
                         THEN 'd' END), ',' ORDER BY a.attnum)
                       FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                         AND (cardinality(w.names) = 0 OR a.attname::text = ANY (w.names))), '')
                || ';' || coalesce((SELECT string_agg(format('%%s:%%s:%%s:%%s', l.oid, l.relfilenode, l.xmin, CASE WHEN t.attached THEN 'a' END),
                         ',' ORDER BY l.oid) FROM tree t JOIN pg_class l ON l.oid = t.relid
                       WHERE l.relkind <> 'p' AND (c.relkind = 'p' OR l.oid = c.oid)), '')
                || ';' || format('%%s:%%s:%%s:%%s:%%s', c.oid, %s,
                         CASE WHEN c.relkind <> 'p' THEN (SELECT string_agg(t.relid::text, '.' ORDER BY t.relid) FROM tree t WHERE t.relid <> c.oid) END,
                         (SELECT r.xmin FROM pg_type r WHERE r.oid = c.reltype),
                         (SELECT array_to_string((i.indkey::int2[])[0:i.indnkeyatts - 1], '.') FROM pg_index i
                           WHERE i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END))
                || ';' || pg_snapshot_xmin(pg_current_snapshot())::text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, (SELECT ?::text[] AS names) w
            WHERE n.nspname = ? AND c.relname = ?""";

    private static final int SECTIONS = 4;

    /** Replaces the memberships; no real one has this text. */
    private static final String ABANDONED = "0";

    private record Column(String row, String name, String mark) {}

    /** @param row the version of the leaf's row in pg_class; empty in older texts */
    private record Leaf(String file, String row, boolean attached) {}

    /** A table of which nothing is known. */
    public static TableVersion none() {
        return new TableVersion(";");
    }

    /** Empty when the table is gone. Only the columns that the pipeline names count, where it names any. */
    public static Optional<TableVersion> read(Connection connection, PostgresConfig config, PostgresConfig.Table table)
            throws SQLException {
        String query = QUERY.formatted(Publication.memberships(connection));
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setString(1, table.name().schema());
            statement.setString(2, table.name().table());
            statement.setString(3, config.publication());
            statement.setArray(
                    4, connection.createArrayOf("text", table.namedColumns().toArray()));
            statement.setString(5, table.name().schema());
            statement.setString(6, table.name().table());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new TableVersion(row.getString(1))) : Optional.empty();
            }
        }
    }

    /** Returns the version of a table that the pipeline no longer names: when it is named again, changes are missing. */
    public TableVersion abandoned() {
        return new TableVersion("%s;%s;%s:%s:%s:%s:%s;%s"
                .formatted(
                        section(0), section(1), part(2, 0), ABANDONED, part(2, 2), part(2, 3), part(2, 4), section(3)));
    }

    public boolean isAbandoned() {
        return part(2, 1).equals(ABANDONED);
    }

    /** Returns the version to write into the log, with the generation that ends there. */
    public TableVersion replacing(int generation) {
        return new TableVersion(section(0) + ";" + section(1) + ";" + section(2) + ";" + part(3, 0) + ":" + generation);
    }

    /** 0: of a mark that an earlier release wrote, which does not say it. */
    public int replacedGeneration() {
        String generation = part(3, 1);
        return generation.isEmpty() ? 0 : Integer.parseInt(generation);
    }

    /** Transactions before this one had ended when it was read; empty: unknown. */
    public Optional<String> oldestTransaction() {
        return Optional.of(part(3, 0)).filter(found -> !found.isEmpty());
    }

    /** Whether nothing about the table has changed. */
    public boolean isSameAs(TableVersion other) {
        return section(0).equals(other.section(0))
                && section(1).equals(other.section(1))
                && section(2).equals(other.section(2));
    }

    public boolean isPublished() {
        return !part(2, 1).isEmpty();
    }

    /** Takes the columns as they are now, and the rest as it was recorded. */
    public TableVersion withColumnsOf(TableVersion now) {
        return new TableVersion(now.section(0) + text.substring(text.indexOf(';')));
    }

    /** Why a row that was read at the version before may have other values now, or be gone; empty: none has. */
    public Optional<String> staleness(TableVersion before) {
        return replacement(before).or(() -> leafTaken(before)).or(() -> columnsStaleness(before));
    }

    private Optional<String> replacement(TableVersion before) {
        if (differs(part(2, 0), before.part(2, 0))) {
            return Optional.of("another table has its name now");
        }
        if (differs(part(2, 3), before.part(2, 3))) {
            return Optional.of("it was renamed in between, so changes may be missing");
        }
        if (differs(part(2, 4), before.part(2, 4))) {
            return Optional.of("it has another key now");
        }
        Set<String> members = Set.of(part(2, 1).split("\\.", -1));
        Set<String> membersBefore = Set.of(before.part(2, 1).split("\\.", -1));
        boolean gap = isPublished()
                && !before.part(2, 0).isEmpty()
                && membersBefore.stream().noneMatch(members::contains);
        return gap
                ? Optional.of(
                        "it was missing in the publication, or the publication was altered, so changes may be missing")
                : Optional.empty();
    }

    private static boolean differs(String now, String before) {
        return !now.isEmpty() && !before.isEmpty() && !now.equals(before);
    }

    private Optional<String> leafTaken(TableVersion before) {
        return leaves().keySet().containsAll(before.leaves().keySet())
                ? Optional.empty()
                : Optional.of("a partition was detached or dropped, for which the log has no deletions");
    }

    /** Why old rows have other values by an alteration of the columns alone. */
    public Optional<String> columnsStaleness(TableVersion before) {
        boolean rewritten = !rewritten(before).isEmpty();
        Map<String, Column> columns = columns();
        Map<String, Column> columnsBefore = before.columns();
        if (!columns.keySet().containsAll(columnsBefore.keySet())) {
            return Optional.of("a column was dropped, whose values old rows still have");
        }
        boolean stale = columns.entrySet().stream().anyMatch(column -> {
            Optional<Column> then = Optional.ofNullable(columnsBefore.get(column.getKey()));
            boolean altered = !then.equals(Optional.of(column.getValue()));
            return isStale(then, column.getValue()) || (rewritten && altered);
        });
        return stale
                ? Optional.of("it was altered so that its old rows have other values, for which the log has no change")
                : Optional.empty();
    }

    private static boolean isStale(Optional<Column> before, Column now) {
        if (before.isEmpty()) {
            return !now.mark().isEmpty();
        }
        boolean computedAnew =
                now.mark().equals("v") && !now.row().equals(before.get().row());
        return computedAnew || !now.name().equals(before.get().name());
    }

    /** The leaves whose rows are in other files than before, with the transaction that last wrote each one's catalog row. */
    public Map<String, String> rewritten(TableVersion before) {
        Map<String, String> rewritten = new HashMap<>();
        Map<String, Leaf> leavesBefore = before.leaves();
        leaves().forEach((oid, leaf) -> {
            Leaf then = leavesBefore.get(oid);
            if (then != null && !then.file().equals(leaf.file())) {
                rewritten.put(oid, leaf.row());
            }
        });
        return rewritten;
    }

    /** Whether the rows are in leaf partitions. */
    public boolean isPartitioned() {
        return !leaves().keySet().equals(Set.of(part(2, 0)));
    }

    /** The leaves that were attached since, and may have had rows before. */
    public List<String> attached(TableVersion before) {
        Set<String> known = before.leaves().keySet();
        List<String> attached = new ArrayList<>();
        leaves().forEach((oid, leaf) -> {
            if (leaf.attached() && !known.contains(oid)) {
                attached.add(oid);
            }
        });
        return attached;
    }

    private Map<String, Column> columns() {
        Map<String, Column> columns = new HashMap<>();
        for (String column : section(0).split(",", -1)) {
            String[] parts = column.split(":", -1);
            if (parts.length == 4) {
                columns.put(parts[0], new Column(parts[1], parts[2], parts[3]));
            }
        }
        return columns;
    }

    private Map<String, Leaf> leaves() {
        Map<String, Leaf> leaves = new HashMap<>();
        for (String leaf : section(1).split(",", -1)) {
            String[] parts = leaf.split(":", -1);
            if (parts.length == 2) {
                leaves.put(parts[0], new Leaf(parts[1], "", false));
            } else if (parts.length == 4) {
                leaves.put(parts[0], new Leaf(parts[1], parts[2], parts[3].equals("a")));
            }
        }
        return leaves;
    }

    private String section(int index) {
        String[] sections = text.split(";", SECTIONS);
        return index < sections.length ? sections[index] : "";
    }

    private String part(int section, int index) {
        String[] parts = section(section).split(":", -1);
        return index < parts.length ? parts[index] : "";
    }
}
