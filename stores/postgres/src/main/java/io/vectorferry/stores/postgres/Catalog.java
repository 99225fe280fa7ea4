package io.vectorferry.stores.postgres;

import io.vectorferry.stores.postgres.Catalog.Table.CatalogColumn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the system catalog of PostgreSQL 14 and newer. */
public final class Catalog {
    private static final String TABLE = """
            SELECT c.oid, c.relkind, c.relreplident FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?""";

    /** A domain, also one over another domain, is seen as its base type, as the wire has it. */
    private static final String COLUMNS = """
            SELECT a.attname, a.attnum, b.typname, b.typmod, a.attnotnull, a.attstorage, a.attgenerated <> '', format_type(b.oid, -1)
            FROM pg_attribute a CROSS JOIN LATERAL (
                WITH RECURSIVE level (oid, typmod) AS (
                    SELECT a.atttypid, a.atttypmod
                    UNION ALL
                    SELECT d.typbasetype, greatest(level.typmod, d.typtypmod)
                    FROM level JOIN pg_type d ON d.oid = level.oid WHERE d.typtype = 'd')
                SELECT t.oid, t.typname, level.typmod FROM level JOIN pg_type t ON t.oid = level.oid WHERE t.typtype <> 'd') b
            WHERE a.attrelid = ? AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum""";

    private static final String INDEX_COLUMNS = """
            SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (attnum, place)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
            WHERE i.indrelid = ? AND %s AND k.place <= i.indnkeyatts ORDER BY k.place""";

    private static final String LEAVES = """
            SELECT n.nspname, c.relname FROM %s p JOIN pg_class c ON c.oid = p.relid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.isleaf ORDER BY c.oid""".formatted(tree("?"));

    private static final String CHILDREN = """
            SELECT n.nspname, c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.inhparent = ?::regclass ORDER BY c.oid""";

    private final Connection connection;

    public Catalog(Connection connection) {
        this.connection = connection;
    }

    public Optional<Table> table(QualifiedName name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TABLE)) {
            statement.setString(1, name.schema());
            statement.setString(2, name.table());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                long oid = row.getLong(1);
                char kind = row.getString(2).charAt(0);
                return Optional.of(new Table(
                        oid,
                        kind,
                        row.getString(3).charAt(0),
                        columns(oid),
                        index(oid, "i.indisprimary"),
                        index(oid, "i.indisreplident"),
                        kind == 'p' ? names(LEAVES, oid) : List.of(name),
                        kind == 'p' ? List.of() : names(CHILDREN, oid)));
            }
        }
    }

    /** Tables of the database whose names a mistyped one may have meant. */
    public List<String> tableNames() throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                        SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') LIMIT 1000""");
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                names.add(new QualifiedName(rows.getString(1), rows.getString(2)).collection());
            }
        }
        return names;
    }

    private List<CatalogColumn> columns(long oid) throws SQLException {
        List<CatalogColumn> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    columns.add(new CatalogColumn(
                            rows.getString(1),
                            rows.getInt(2),
                            rows.getString(3),
                            rows.getInt(4),
                            rows.getBoolean(5),
                            rows.getString(6).charAt(0),
                            rows.getBoolean(7),
                            rows.getString(8)));
                }
            }
        }
        return columns;
    }

    private List<String> index(long oid, String which) throws SQLException {
        List<String> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(INDEX_COLUMNS.formatted(which))) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(rows.getString(1));
                }
            }
        }
        return names;
    }

    private List<QualifiedName> names(String query, long oid) throws SQLException {
        List<QualifiedName> names = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            statement.setLong(1, oid);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    names.add(new QualifiedName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return names;
    }

    /**
     * An SQL expression of {@code (relid, isleaf)}: a partitioned table and its partitions. Like pg_partition_tree,
     * but that waits for a session which has locked one of them.
     */
    public static String tree(String oid) {
        return """
                LATERAL (WITH RECURSIVE tree (relid, isleaf) AS (
                    SELECT c.oid, false FROM pg_class c WHERE c.oid = %s AND c.relkind = 'p'
                    UNION ALL
                    SELECT c.oid, c.relkind <> 'p' FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE coalesce(to_jsonb(i) ->> 'inhdetachpending', 'false') = 'false')
                  SELECT relid, isleaf FROM tree)""".formatted(oid);
    }

    /**
     * A table's facts as the catalog has them, whatever the pipeline wants of it.
     *
     * @param kind {@code pg_class.relkind}: r, p, v, …
     * @param replicaIdentity {@code pg_class.relreplident}
     * @param primaryKey column names in the key's order; empty: none
     * @param identityIndex columns of the index that REPLICA IDENTITY USING INDEX names
     * @param children tables that inherit from it, of a table that is not partitioned
     */
    public record Table(
            long oid,
            char kind,
            char replicaIdentity,
            List<CatalogColumn> columns,
            List<String> primaryKey,
            List<String> identityIndex,
            List<QualifiedName> leaves,
            List<QualifiedName> children) {

        /**
         * @param storage {@code pg_attribute.attstorage}: p is never TOASTed
         * @param sqlType the base type as SQL writes it, without a modifier
         */
        public record CatalogColumn(
                String name,
                int number,
                String typeName,
                int typmod,
                boolean notNull,
                char storage,
                boolean generated,
                String sqlType) {}

        public Optional<CatalogColumn> column(String name) {
            return columns.stream().filter(column -> column.name().equals(name)).findFirst();
        }
    }
}
