package io.vectorferry.producer.postgres.slot;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Checks of a publication for the pipeline's tables: its operations, column lists, row filters, how it names the
 * changes of partitions, and whether the application's UPDATE and DELETE fail because of it. For one check.
 */
public final class PublicationChecks {
    private static final String CHECK = "publication";
    private static final int COLUMN_LISTS_VERSION = 15;

    /**
     * Version from which on a publication has an option for generated columns, and a server refuses statements if they
     * are missing.
     */
    static final int GENERATED_COLUMNS_VERSION = 18;

    /** Through jsonb, since older servers lack the newer columns. */
    private static final String PUBLICATION = """
            SELECT pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, coalesce(to_jsonb(p) ->> 'pubgencols', 'n')
            FROM pg_publication p WHERE pubname = ?""";

    private static final String WANTED = """
            WITH wanted AS (
              SELECT c.oid, c.relkind, c.relname, n.nspname, w.place
              FROM unnest(?::text[], ?::text[]) WITH ORDINALITY w (nsp, rel, place)
              JOIN pg_namespace n ON n.nspname = w.nsp JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.rel
              WHERE c.relkind IN ('r', 'p'))
            """;

    private static final String LISTS = WANTED + """
            SELECT w.place, t.rowfilter IS NOT NULL, ARRAY(
                SELECT a.attname::text FROM pg_attribute a
                WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                  AND NOT a.attname = ANY (t.attnames) ORDER BY a.attnum),
              ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                WHERE i.indrelid = w.oid AND (i.indisprimary OR i.indisreplident))
            FROM wanted w JOIN pg_publication_tables t ON t.pubname = ? AND t.schemaname = w.nspname AND t.tablename = w.relname
            WHERE t.rowfilter IS NOT NULL OR cardinality(t.attnames) < (
                SELECT count(*) FROM pg_attribute a
                WHERE a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')
            ORDER BY w.place""";

    /** A change is published under the name of the topmost ancestor that the publication has. */
    private static final String ANCESTORS = WANTED + """
            SELECT w.place, n.nspname, c.relname
            FROM wanted w CROSS JOIN LATERAL pg_partition_ancestors(w.oid) a JOIN pg_class c ON c.oid = a.relid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.relid <> w.oid AND (a.relid IN (SELECT oid FROM wanted)
              OR EXISTS (SELECT FROM pg_publication_tables t WHERE t.pubname = ? AND t.schemaname = n.nspname AND t.tablename = c.relname))""";

    /** The generated columns that an UPDATE or DELETE logs of the old row. */
    private static final String GENERATED = WANTED + """
            , parts AS (
              SELECT w.place, w.oid AS part FROM wanted w WHERE w.relkind = 'r'
              UNION SELECT w.place, p.relid FROM wanted w, %s p WHERE p.isleaf)
            SELECT p.place, n.nspname, c.relname, a.attname, a.attgenerated = 's', c.relreplident = 'f', k.is_key
            FROM parts p JOIN pg_class c ON c.oid = p.part JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped
            CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey)
              AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END) AS is_key) k
            WHERE c.relreplident = 'f' OR k.is_key
            ORDER BY p.place, c.oid, a.attnum""".formatted(Catalog.tree("w.oid"));

    private static final String ALIKE = """
            SELECT t.schemaname, t.tablename, min(a.attname), max(a.attname)
            FROM pg_publication_tables t JOIN pg_namespace n ON n.nspname = t.schemaname
            JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE t.pubname = ? GROUP BY t.schemaname, t.tablename, lower(a.attname) HAVING count(*) > 1""";

    /** The slot of the pipeline that has made it, if it still stands. */
    private static final String MAKER = """
            SELECT s.slot_name FROM pg_publication p JOIN pg_replication_slots s
              ON obj_description(p.oid, 'pg_publication') = ? || s.slot_name
            WHERE p.pubname = ?""";

    private static final String PUBLISHED = "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?";

    private final PostgresConfig config;
    private final Connection connection;
    private final String sql;
    private final int version;
    private final List<Finding> findings = new ArrayList<>();

    PublicationChecks(PostgresConfig config, Connection connection) throws SQLException {
        this.config = config;
        this.connection = connection;
        this.sql = QualifiedName.quoted(config.publication());
        this.version = connection.getMetaData().getDatabaseMajorVersion();
    }

    /** All of them. */
    public List<Finding> findings() throws SQLException {
        checkOwner();
        checkNames();
        return thoseOfTables();
    }

    /** Returns findings that may arise while the pipeline runs; cheap enough to be checked constantly. */
    List<Finding> thoseOfTables() throws SQLException {
        // As Publication makes it.
        boolean viaRoot = true;
        boolean generated = refusesStatements();
        try (PreparedStatement statement = connection.prepareStatement(PUBLICATION)) {
            statement.setString(1, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                if (row.next()) {
                    checkOperations(row);
                    viaRoot = row.getBoolean(5);
                    generated = row.getString(6).equals("s");
                }
            }
        }
        if (viaRoot) {
            checkAncestors();
        } else {
            checkPartitioned();
        }
        if (version >= COLUMN_LISTS_VERSION) {
            checkLists();
        }
        checkGenerated(generated);
        return List.copyOf(findings);
    }

    /** A pipeline takes out of the publication that it has made what it does not name. */
    private void checkOwner() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MAKER)) {
            statement.setString(1, Publication.MADE_FOR);
            statement.setString(2, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                if (row.next() && !row.getString(1).equals(config.slot())) {
                    error(
                            "publication %s was made by another pipeline, which reads the replication slot %s"
                                    .formatted(config.publication(), row.getString(1)),
                            "Name another with %s.publication. If that pipeline is gone, drop its slot: SELECT pg_drop_replication_slot('%s');"
                                    .formatted(section(), row.getString(1)));
                }
            }
        }
    }

    private void checkOperations(ResultSet row) throws SQLException {
        List<String> missing = new ArrayList<>();
        List<String> operations = List.of("insert", "update", "delete", "truncate");
        for (int i = 0; i < operations.size(); i++) {
            if (!row.getBoolean(i + 1)) {
                missing.add(operations.get(i));
            }
        }
        if (!missing.isEmpty()) {
            error(
                    "publication %s omits every %s".formatted(config.publication(), String.join(", ", missing)),
                    "ALTER PUBLICATION %s SET (publish = 'insert, update, delete, truncate');".formatted(sql));
        }
    }

    private void checkPartitioned() throws SQLException {
        String query = WANTED + "SELECT w.place FROM wanted w WHERE w.relkind = 'p' ORDER BY w.place";
        try (PreparedStatement statement = wanted(query);
                ResultSet row = statement.executeQuery()) {
            if (row.next()) {
                error(
                        "publication %s publishes changes of %s under the names of its partitions"
                                .formatted(config.publication(), table(row).collection()),
                        "ALTER PUBLICATION %s SET (publish_via_partition_root = true);".formatted(sql));
            }
        }
    }

    private void checkAncestors() throws SQLException {
        try (PreparedStatement statement = wanted(ANCESTORS)) {
            statement.setString(3, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String above = new QualifiedName(row.getString(2), row.getString(3)).collection();
                    error(
                            "%s is a partition of %s, under whose name publication %s publishes its changes"
                                    .formatted(table(row).collection(), above, config.publication()),
                            "Name %1$s in %2$s.tables, or set %2$s.publication to one without %1$s"
                                    .formatted(above, section()));
                }
            }
        }
    }

    private void checkLists() throws SQLException {
        try (PreparedStatement statement = wanted(LISTS)) {
            statement.setString(3, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    PostgresConfig.Table table = table(row);
                    if (row.getBoolean(2)) {
                        error(
                                "publication %s has a row filter on %s: changes of other rows are missing"
                                        .formatted(config.publication(), table.collection()),
                                wholeTable(table)
                                        + "  -- and use a filter in transform, if the target should have only some rows");
                    }
                    List<String> missing = new ArrayList<>(texts(row.getArray(3)));
                    if (!table.namedColumns().isEmpty()) {
                        List<String> needed = new ArrayList<>(table.namedColumns());
                        needed.addAll(texts(row.getArray(4)));
                        missing.retainAll(needed);
                    }
                    if (!missing.isEmpty()) {
                        error(
                                "publication %s has a column list on %s without %s"
                                        .formatted(
                                                config.publication(), table.collection(), String.join(", ", missing)),
                                wholeTable(table) + "  -- or name only the published columns in fields");
                    }
                }
            }
        }
    }

    private String wholeTable(PostgresConfig.Table table) {
        return "BEGIN; ALTER PUBLICATION %s DROP TABLE %s; ALTER PUBLICATION %s ADD TABLE %s; COMMIT;"
                .formatted(sql, table.name().sql(), sql, table.name().sql());
    }

    /** A key that the log leaves out, or, from PostgreSQL 18 on, an UPDATE and DELETE that the server refuses. */
    private void checkGenerated(boolean published) throws SQLException {
        Map<QualifiedName, Unpublished> unpublished = new LinkedHashMap<>();
        try (PreparedStatement statement = wanted(GENERATED);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                boolean stored = row.getBoolean(5);
                if (refusesStatements() ? !(published && stored) : row.getBoolean(7)) {
                    boolean full = row.getBoolean(6);
                    unpublished
                            .computeIfAbsent(
                                    new QualifiedName(row.getString(2), row.getString(3)),
                                    part -> new Unpublished(full, new ArrayList<>(), new ArrayList<>()))
                            .add(row.getString(4), stored);
                }
            }
        }
        unpublished.forEach((part, columns) -> findings.add(Finding.error(
                "replica_identity",
                refusesStatements()
                        ? "%s: the application's UPDATE and DELETE fail with publication %s: its replica identity has the generated %s, which is not published"
                                .formatted(part.collection(), config.publication(), String.join(", ", columns.all()))
                        : "%s: the key has the generated %s, which is not in the log before PostgreSQL 18"
                                .formatted(part.collection(), String.join(", ", columns.all())),
                remedy(part, columns))));
    }

    /** @param virtual those that no publication can have */
    private record Unpublished(boolean full, List<String> all, List<String> virtual) {
        void add(String column, boolean stored) {
            all.add(column);
            if (!stored) {
                virtual.add(column);
            }
        }
    }

    private String remedy(QualifiedName part, Unpublished columns) {
        List<String> remedies = new ArrayList<>();
        if (columns.full()) {
            remedies.add("ALTER TABLE %s REPLICA IDENTITY DEFAULT;".formatted(part.sql()));
        }
        if (refusesStatements() && columns.virtual().isEmpty()) {
            remedies.add("ALTER PUBLICATION %s SET (publish_generated_columns = stored);".formatted(sql));
        }
        return remedies.isEmpty()
                ? "ALTER TABLE %s REPLICA IDENTITY USING INDEX …;  -- a unique index on columns that are not generated"
                        .formatted(part.sql())
                : String.join("  -- or: ", remedies);
    }

    private boolean refusesStatements() {
        return version >= GENERATED_COLUMNS_VERSION;
    }

    /** Capture ends at any published table, also one that the pipeline does not name, with such names. */
    private void checkNames() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PUBLISHED)) {
            statement.setString(1, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    QualifiedName published = new QualifiedName(row.getString(1), row.getString(2));
                    if (!published.isReadByDebezium() && isOther(published)) {
                        error(
                                "publication %s has %s, whose name has a quote at its start or end, or two ' or ` together: capture ends at it or reads it as another name"
                                        .formatted(config.publication(), published.sql()),
                                onlyItsTables());
                    }
                }
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(ALIKE)) {
            statement.setString(1, config.publication());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    QualifiedName alike = new QualifiedName(row.getString(1), row.getString(2));
                    if (isOther(alike)) {
                        error(
                                "publication %s has %s, whose columns %s and %s differ only in case: capture ends at it"
                                        .formatted(
                                                config.publication(),
                                                alike.collection(),
                                                row.getString(3),
                                                row.getString(4)),
                                onlyItsTables());
                    }
                }
            }
        }
    }

    /** Returns whether a table is not one of the pipeline's own, whose problems are found with their shape. */
    private boolean isOther(QualifiedName published) {
        return config.tables().stream().noneMatch(table -> table.name().equals(published));
    }

    private String onlyItsTables() {
        return "Set %s.publication to one that has the pipeline's tables only.".formatted(section());
    }

    private String section() {
        return config.address().section();
    }

    private void error(String what, String remedy) {
        findings.add(Finding.error(CHECK, what, remedy));
    }

    private PreparedStatement wanted(String query) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(query);
        statement.setArray(1, names(QualifiedName::schema));
        statement.setArray(2, names(QualifiedName::table));
        return statement;
    }

    private Array names(Function<QualifiedName, String> part) throws SQLException {
        return connection.createArrayOf(
                "text",
                config.tables().stream()
                        .map(PostgresConfig.Table::name)
                        .map(part)
                        .toArray());
    }

    private PostgresConfig.Table table(ResultSet row) throws SQLException {
        return config.tables().get(row.getInt(1) - 1);
    }

    private static List<String> texts(Array array) throws SQLException {
        return List.of((String[]) array.getArray());
    }
}
