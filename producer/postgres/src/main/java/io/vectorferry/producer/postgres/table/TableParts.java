package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.stores.postgres.Catalog;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tables that hold the rows, which are a configured table itself or its partitions: each has rights, a policy and a
 * replica identity of its own. What is wrong with one hides rows, loses changes, or makes the application's own UPDATE
 * and DELETE fail as soon as a publication has the table.
 */
public final class TableParts {
    /** One row a part, the configured table itself first. A partition takes over none of this from its parent. */
    private static final String PARTS = """
            WITH roots AS (
              SELECT c.oid, w.place FROM unnest(?::text[], ?::text[]) WITH ORDINALITY w (nsp, rel, place)
              JOIN pg_namespace n ON n.nspname = w.nsp JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.rel
              WHERE c.relkind IN ('r', 'p')),
            parts AS (
              SELECT oid AS root, place, oid AS part FROM roots
              UNION SELECT r.oid, r.place, p.relid FROM roots r, %s p)
            SELECT p.place, p.root = p.part, n.nspname, c.relname, c.relkind, c.relpersistence, c.relreplident,
              row_security_active(c.oid), c.relforcerowsecurity AND pg_has_role(c.relowner, 'USAGE'),
              has_schema_privilege(c.relnamespace, 'USAGE'), has_table_privilege(c.oid, 'SELECT'),
              (SELECT i.indimmediate FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
              %s, %s
            FROM parts p JOIN pg_class c ON c.oid = p.part JOIN pg_namespace n ON n.oid = c.relnamespace
            ORDER BY p.place, p.root <> p.part, c.oid""".formatted(
                    Catalog.tree("r.oid"), columnsOf("i.indisprimary"), columnsOf("i.indisreplident AND i.indisvalid"));

    /**
     * @param isRoot whether it is the configured table itself
     * @param immediate of the primary key; false where it is deferrable
     */
    private record Part(
            boolean isRoot,
            QualifiedName name,
            char kind,
            char persistence,
            char identity,
            boolean hidesRows,
            boolean forced,
            boolean schemaUsable,
            boolean readable,
            boolean immediate,
            List<String> primaryKey,
            List<String> identityIndex) {

        /** Columns of the key, by which rows are distinguished. */
        List<String> key() {
            return identity == 'i' && !identityIndex.isEmpty() ? identityIndex : primaryKey;
        }

        boolean isDeferrable() {
            return !primaryKey.isEmpty() && !immediate;
        }
    }

    private final PostgresConfig.Table table;
    private final String user;
    private final Part root;
    private final List<Part> parts;
    private final List<Finding> findings = new ArrayList<>();

    private TableParts(PostgresConfig.Table table, String user, List<Part> parts) {
        this.table = table;
        this.user = QualifiedName.quoted(user);
        this.root = parts.getFirst();
        this.parts = parts;
    }

    /** Returns an error for each thing that is wrong, in one query for all tables. One that is not there has none. */
    public static List<Finding> problems(Connection connection, String user, List<PostgresConfig.Table> tables)
            throws SQLException {
        List<List<Part>> found = read(connection, tables);
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < tables.size(); i++) {
            if (!found.get(i).isEmpty()) {
                findings.addAll(new TableParts(tables.get(i), user, found.get(i)).problems());
            }
        }
        return findings;
    }

    private List<Finding> problems() {
        checkKey();
        for (Part part : parts) {
            boolean leaf = part.kind() != 'p';
            if (leaf || part.isRoot()) {
                checkRights(part);
                checkRowSecurity(part);
            }
            if (leaf) {
                checkLogged(part);
                checkIdentity(part);
            }
        }
        return findings;
    }

    /** A deferrable key may stand twice within a transaction, so that a swap of two keys would end as a deletion. */
    private void checkKey() {
        if (root.identity() == 'n') {
            nothing(root);
        } else if (root.identity() != 'i' && root.isDeferrable()) {
            deferrable(root);
        } else if (root.identity() == 'i'
                && !root.primaryKey().isEmpty()
                && !new HashSet<>(root.primaryKey()).equals(new HashSet<>(root.key()))) {
            error(
                    "replica_identity",
                    root,
                    "has a primary key and another index as its replica identity, so its deletes do not log the key",
                    "ALTER TABLE %s REPLICA IDENTITY DEFAULT;"
                            .formatted(root.name().sql()));
        }
    }

    private void checkRights(Part part) {
        if (!part.schemaUsable()) {
            error(
                    "select",
                    part,
                    "cannot be read: %s has no privilege on its schema".formatted(user),
                    "GRANT USAGE ON SCHEMA %s TO %s;"
                            .formatted(QualifiedName.quoted(part.name().schema()), user));
        }
        if (!part.readable()) {
            error(
                    "select",
                    part,
                    "cannot be read by " + user,
                    "GRANT SELECT ON %s TO %s;".formatted(part.name().sql(), user));
        }
    }

    private void checkRowSecurity(Part part) {
        if (part.hidesRows()) {
            String forced = part.forced()
                    ? "  -- or, as the owner: ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;"
                            .formatted(part.name().sql())
                    : "";
            error(
                    "row_security",
                    part,
                    "has row level security, which can hide rows from %s: they would be missing in the target, or be deleted there. A policy is not sufficient"
                            .formatted(user),
                    "ALTER ROLE %s BYPASSRLS;  -- as a superuser%s".formatted(user, forced));
        }
    }

    private void checkLogged(Part part) {
        if (part.kind() == 'f') {
            error(
                    "table",
                    part,
                    "is a foreign table, whose changes are not in the log",
                    "ALTER TABLE %s DETACH PARTITION %s;  -- or name the other partitions in the pipeline, each as a table"
                            .formatted(root.name().sql(), part.name().sql()));
        } else if (part.persistence() != 'p') {
            error(
                    "unlogged",
                    part,
                    "is an unlogged table, so its changes cannot be captured",
                    "ALTER TABLE %s SET LOGGED;".formatted(part.name().sql()));
        }
    }

    private void checkIdentity(Part part) {
        boolean partition = !part.isRoot();
        switch (part.identity()) {
            case 'n' -> {
                if (partition) {
                    nothing(part);
                }
            }
            case 'f' -> {}
            case 'i' -> {
                if (part.identityIndex().isEmpty()) {
                    error(
                            "replica_identity",
                            part,
                            "has lost the index that is its replica identity: the application's UPDATE and DELETE fail with a publication",
                            "ALTER TABLE %s REPLICA IDENTITY %s;"
                                    .formatted(
                                            part.name().sql(),
                                            part.primaryKey().isEmpty() ? "USING INDEX …" : "DEFAULT"));
                } else if (partition) {
                    checkCovers(part, part.identityIndex());
                }
            }
            default -> {
                if (partition && part.isDeferrable()) {
                    deferrable(part);
                } else if (partition) {
                    checkCovers(part, part.primaryKey());
                }
            }
        }
    }

    private void checkCovers(Part part, List<String> logged) {
        if (!root.key().isEmpty() && !new HashSet<>(logged).containsAll(root.key())) {
            error(
                    "replica_identity",
                    part,
                    logged.isEmpty()
                            ? "has no replica identity, because it does not inherit that of its parent: the application's UPDATE and DELETE fail with a publication"
                            : "logs another key of old rows than %s has".formatted(table.collection()),
                    root.primaryKey().isEmpty()
                            ? "ALTER TABLE %s REPLICA IDENTITY USING INDEX …;  -- a unique index on %s"
                                    .formatted(
                                            part.name().sql(),
                                            root.key().stream()
                                                    .map(QualifiedName::quoted)
                                                    .collect(Collectors.joining(", ")))
                            : "ALTER TABLE %s REPLICA IDENTITY DEFAULT;"
                                    .formatted(part.name().sql()));
        }
    }

    private void nothing(Part part) {
        error(
                "replica_identity",
                part,
                "has REPLICA IDENTITY NOTHING: updates and deletes are not in the log, and fail with a publication",
                "ALTER TABLE %s REPLICA IDENTITY DEFAULT;".formatted(part.name().sql()));
    }

    private void deferrable(Part part) {
        String columns = part.primaryKey().stream().map(QualifiedName::quoted).collect(Collectors.joining(", "));
        String index = QualifiedName.quoted(part.name().table() + "_identity");
        boolean concurrently = part.kind() != 'p'; // of a partitioned table PostgreSQL makes none so
        error(
                "primary_key",
                part,
                "has a deferrable primary key, which cannot be a replica identity: the application's UPDATE and DELETE fail with a publication",
                "CREATE UNIQUE INDEX %s%s ON %s (%s); ALTER TABLE %s REPLICA IDENTITY USING INDEX %s;  -- %stwo rows can then no longer swap their keys"
                        .formatted(
                                concurrently ? "CONCURRENTLY " : "",
                                index,
                                part.name().sql(),
                                columns,
                                part.name().sql(),
                                index,
                                concurrently ? "each in a transaction of its own; " : ""));
    }

    private void error(String check, Part part, String what, String remedy) {
        String name = part.isRoot()
                ? table.collection()
                : "%s, a partition of %s,".formatted(part.name().collection(), table.collection());
        findings.add(Finding.error(check, name + " " + what, remedy));
    }

    private static List<List<Part>> read(Connection connection, List<PostgresConfig.Table> tables) throws SQLException {
        List<List<Part>> found = new ArrayList<>();
        tables.forEach(table -> found.add(new ArrayList<>()));
        try (PreparedStatement statement = connection.prepareStatement(PARTS)) {
            statement.setArray(1, names(connection, tables, QualifiedName::schema));
            statement.setArray(2, names(connection, tables, QualifiedName::table));
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    found.get(row.getInt(1) - 1).add(part(row));
                }
            }
        }
        return found;
    }

    private static Array names(
            Connection connection, List<PostgresConfig.Table> tables, Function<QualifiedName, String> part)
            throws SQLException {
        return connection.createArrayOf(
                "text",
                tables.stream().map(PostgresConfig.Table::name).map(part).toArray());
    }

    private static Part part(ResultSet row) throws SQLException {
        return new Part(
                row.getBoolean(2),
                new QualifiedName(row.getString(3), row.getString(4)),
                row.getString(5).charAt(0),
                row.getString(6).charAt(0),
                row.getString(7).charAt(0),
                row.getBoolean(8),
                row.getBoolean(9),
                row.getBoolean(10),
                row.getBoolean(11),
                row.getBoolean(12),
                texts(row.getArray(13)),
                texts(row.getArray(14)));
    }

    private static List<String> texts(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    private static String columnsOf(String index) {
        return """
                ARRAY(SELECT a.attname::text FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place)
                JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                WHERE i.indrelid = c.oid AND %s AND k.place <= i.indnkeyatts ORDER BY k.place)""".formatted(index);
    }
}
