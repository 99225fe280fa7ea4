package io.vectorferry.producer.postgres.slot;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.SqlErrors;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.TableMark;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.postgresql.replication.LogSequenceNumber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pipeline's publication: exactly its tables, or one that the user made and that holds at least those. */
public final class Publication {
    private static final Logger LOG = LoggerFactory.getLogger(Publication.class);
    private static final int SCHEMAS_VERSION = 15;

    /**
     * Half of deadlock_timeout: CREATE INDEX CONCURRENTLY waits at its end for every older snapshot, also for that of a session
     * which waits for its table, and must not fail by a deadlock. Half more than deadlock_timeout where an autovacuum has the
     * lock, which gives way after it.
     */
    private static final String LIMIT_WAIT = """
            SELECT set_config('lock_timeout', (
                SELECT greatest(1, s.setting::int * CASE WHEN EXISTS (
                    SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                    WHERE l.relation = '%s'::regclass AND l.granted AND a.usesysid IS NULL) THEN 3 ELSE 1 END / 2)
                FROM pg_settings s WHERE s.name = 'deadlock_timeout') || 'ms', true)""";

    /** The comment of a publication that ferry has made: so much, then the slot, which one pipeline has. */
    static final String MADE_FOR = "vectorferry, replication slot ";

    public static final String LOCK_NOT_AVAILABLE = "55P03";

    private final PostgresConfig config;
    private final String name;

    public Publication(PostgresConfig config) {
        this.config = config;
        this.name = config.publication();
    }

    /**
     * An SQL expression of what makes the table {@code c} (a row of pg_class) part of the publication that the one
     * parameter names: words with dots between them, empty when it is not. Other words only mean that the table was out of
     * the publication in between, or that its options were altered. A partition whose root is published counts as the
     * root's.
     */
    static String memberships(Connection connection) throws SQLException {
        String schemas = connection.getMetaData().getDatabaseMajorVersion() < SCHEMAS_VERSION
                ? ""
                : "UNION ALL SELECT s.oid FROM pg_publication_namespace s WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace";
        return """
                (SELECT coalesce(string_agg(m.oid || '_' || p.xmin, '.' ORDER BY m.oid), '') FROM pg_publication p CROSS JOIN LATERAL (
                   SELECT r.oid FROM pg_publication_rel r WHERE r.prpubid = p.oid AND r.prrelid = c.oid
                   UNION ALL SELECT p.oid WHERE p.puballtables
                   %s) m
                 WHERE p.pubname = ? AND NOT (p.pubviaroot AND c.relispartition AND EXISTS (
                   SELECT FROM pg_partition_ancestors(c.oid) a WHERE a.relid <> c.oid AND (p.puballtables
                     OR a.relid IN (SELECT r.prrelid FROM pg_publication_rel r WHERE r.prpubid = p.oid)))))""".formatted(schemas);
    }

    /**
     * An SQL query of the tables {@code (schema, name)} that exist and are in the publication. Its parameters are an array
     * of the schemas, one of the names, and the publication.
     */
    public static String members(Connection connection) throws SQLException {
        return """
                SELECT w.s, w.t FROM unnest(?::text[], ?::text[]) w (s, t) JOIN pg_namespace n ON n.nspname = w.s
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.t WHERE %s <> ''""".formatted(memberships(connection));
    }

    /**
     * Returns an error for each thing by which changes would be missing from the log, or by which the application's own
     * statements fail. A publication that is not there yet is judged as it would be made.
     */
    public List<Finding> problems(Connection connection) throws SQLException {
        return new PublicationChecks(config, connection).findings();
    }

    /** Returns those {@link #problems} that may come while the pipeline runs. */
    List<Finding> problemsOfTables(Connection connection) throws SQLException {
        return new PublicationChecks(config, connection).thoseOfTables();
    }

    /** Returns the statements to run; empty if nothing is missing. */
    public List<String> missing(Connection connection) throws SQLException {
        List<PostgresConfig.Table> absent = absent(connection);
        return absent.isEmpty() ? List.of() : List.of(statement(connection, absent));
    }

    private String statement(Connection connection, List<PostgresConfig.Table> absent) throws SQLException {
        if (!exists(connection)) {
            String generated =
                    connection.getMetaData().getDatabaseMajorVersion() >= PublicationChecks.GENERATED_COLUMNS_VERSION
                            ? ", publish_generated_columns = stored"
                            : "";
            return "CREATE PUBLICATION %s FOR TABLE %s WITH (publish_via_partition_root = true%s)"
                    .formatted(QualifiedName.quoted(name), names(absent), generated);
        }
        return "ALTER PUBLICATION %s ADD TABLE %s".formatted(QualifiedName.quoted(name), names(absent));
    }

    /** The pipeline's tables that the publication lacks, or that do not exist. */
    public List<PostgresConfig.Table> absent(Connection connection) throws SQLException {
        Set<QualifiedName> published = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(members(connection))) {
            bind(statement, connection, 1);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    published.add(new QualifiedName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return config.tables().stream()
                .filter(table -> !published.contains(table.name()))
                .toList();
    }

    /** Sets the parameters of {@link #members}. */
    public void bind(PreparedStatement statement, Connection connection, int first) throws SQLException {
        List<QualifiedName> tables =
                config.tables().stream().map(PostgresConfig.Table::name).toList();
        statement.setArray(
                first,
                connection.createArrayOf(
                        "text", tables.stream().map(QualifiedName::schema).toArray()));
        statement.setArray(
                first + 1,
                connection.createArrayOf(
                        "text", tables.stream().map(QualifiedName::table).toArray()));
        statement.setString(first + 2, name);
    }

    /**
     * Makes the publication, or adds the tables that it lacks, where {@link #problemsOfTables} finds nothing. Each is added by a
     * transaction of its own, which waits for no second table while it holds one. For one that had a generation before, the
     * transaction marks the place in the log too, so that no kill parts the two: changes before it may be missing.
     *
     * @param generation of a collection, 0 where none is recorded
     * @return why a publication that stands lacks tables still: it is to be tried again
     */
    public Optional<FerryException> provision(Connection writable, ToIntFunction<String> generation)
            throws SQLException {
        Finding.refuseErrors(problemsOfTables(writable));
        Optional<FerryException> waiting = Optional.empty();
        for (PostgresConfig.Table table : absent(writable)) {
            try {
                add(writable, table, generation.applyAsInt(table.collection()));
            } catch (FerryException e) {
                if (e.kind() != FerryException.Kind.RETRYABLE || !exists(writable)) {
                    throw e;
                }
                waiting = Optional.of(e);
            }
        }
        List<PostgresConfig.Table> left = waiting.isPresent() ? List.of() : absent(writable);
        if (!left.isEmpty()) {
            throw FerryException.misconfigured(
                    "the publication %s does not publish %s under its own name".formatted(name, names(left)),
                    "Name the partitioned table that it belongs to, or another publication.");
        }
        return waiting;
    }

    /**
     * The tables that the publication names and the pipeline does not. A publication that ferry did not make for this
     * pipeline's slot may serve somebody else.
     *
     * @param isOurs whether ferry may take them out
     */
    public record Others(List<QualifiedName> tables, boolean isOurs) {}

    public Others others(Connection connection) throws SQLException {
        List<QualifiedName> tables = new ArrayList<>();
        boolean isOurs = false;
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT n.nspname, c.relname, pg_has_role(p.pubowner, 'USAGE') AND obj_description(p.oid, 'pg_publication') = ?
                FROM pg_publication p
                JOIN pg_publication_rel r ON r.prpubid = p.oid JOIN pg_class c ON c.oid = r.prrelid
                JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE p.pubname = ? ORDER BY 1, 2""")) {
            statement.setString(1, MADE_FOR + config.slot());
            statement.setString(2, name);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    isOurs = row.getBoolean(3);
                    QualifiedName found = new QualifiedName(row.getString(1), row.getString(2));
                    if (config.tables().stream().noneMatch(table -> table.name().equals(found))) {
                        tables.add(found);
                    }
                }
            }
        }
        return new Others(tables, isOurs);
    }

    /** Returns the SQL by which a table is no longer published. */
    public String removal(QualifiedName table) {
        return "ALTER PUBLICATION %s DROP TABLE %s;".formatted(QualifiedName.quoted(name), table.sql());
    }

    /**
     * Takes out of the publication that ferry has made what the pipeline no longer names: the server would send its changes, and refuse
     * statements of the application if the table's replica identity goes. One that is locked is left to the next start.
     */
    public void removeOthers(Connection writable) throws SQLException {
        Others others = others(writable);
        if (!others.isOurs()) {
            return;
        }
        for (QualifiedName table : others.tables()) {
            writable.setAutoCommit(false);
            try (Statement statement = writable.createStatement()) {
                statement.execute(limitWait(table));
                statement.execute(removal(table));
                writable.commit();
                LOG.info("{} is taken out of publication {}: the pipeline does not name it", table.collection(), name);
            } catch (SQLException e) {
                writable.rollback();
                LOG.warn(
                        "{} could not be taken out of publication {}, though the pipeline does not name it: {}",
                        table.collection(),
                        name,
                        Connections.firstLine(e));
            } finally {
                writable.setAutoCommit(true);
            }
        }
    }

    private static String limitWait(QualifiedName table) {
        return LIMIT_WAIT.formatted(table.sql().replace("'", "''"));
    }

    private void add(Connection writable, PostgresConfig.Table table, int replaced) throws SQLException {
        String sql = statement(writable, List.of(table));
        if (!exists(writable)) {
            sql += "; COMMENT ON PUBLICATION %s IS '%s'"
                    .formatted(QualifiedName.quoted(name), MADE_FOR + config.slot());
        }
        writable.setAutoCommit(false);
        try (Statement statement = writable.createStatement()) {
            statement.execute(limitWait(table.name()));
            statement.execute(sql);
            Optional<TableVersion> version = TableVersion.read(writable, config, table);
            if (version.isPresent() && replaced > 0) {
                mark(writable, config, table.collection(), version.get().replacing(replaced));
            }
            writable.commit();
        } catch (SQLException e) {
            writable.rollback();
            throw refused(writable, table, e);
        } finally {
            writable.setAutoCommit(true);
        }
    }

    private FerryException refused(Connection writable, PostgresConfig.Table table, SQLException e)
            throws SQLException {
        if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return locked(writable, table, "it is not captured until the publication has it", e);
        }
        if (SqlErrors.mayPass(e)) {
            return FerryException.retryable(
                    "%s could not be added to the publication %s: %s"
                            .formatted(table.collection(), name, Connections.firstLine(e)),
                    e);
        }
        return FerryException.misconfigured(
                "the publication could not be created: " + Connections.firstLine(e),
                "As the owner of the tables, or a superuser, run: " + String.join("; ", missing(writable)) + ";",
                e);
    }

    /** Names the sessions that have a lock on the table by which others wait. */
    public static FerryException locked(
            Connection connection, PostgresConfig.Table table, String consequence, SQLException e) throws SQLException {
        List<String> holders = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT DISTINCT l.pid, coalesce(a.usename, a.backend_type, 'the server'), coalesce(nullif(a.application_name, ''), '-'), a.xact_start
                FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
                LEFT JOIN pg_stat_activity a ON a.pid = l.pid
                WHERE l.granted AND n.nspname = ? AND c.relname = ? AND l.pid <> pg_backend_pid()
                  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
                LIMIT 3""")) {
            statement.setString(1, table.name().schema());
            statement.setString(2, table.name().table());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    OffsetDateTime since = row.getObject(4, OffsetDateTime.class);
                    holders.add("session %d of %s (%s)%s"
                            .formatted(
                                    row.getInt(1),
                                    row.getString(2),
                                    row.getString(3),
                                    since == null ? "" : ", since " + since.truncatedTo(ChronoUnit.SECONDS)));
                }
            }
        }
        return FerryException.retryable(
                "%s is locked by %s, which alters, indexes or vacuums it: %s"
                        .formatted(
                                table.collection(),
                                holders.isEmpty() ? "another session" : String.join("; ", holders),
                                consequence),
                e);
    }

    /** Writes a mark into the log, after which the collection is at the version, and returns its position. */
    public static long mark(Connection writable, PostgresConfig config, String collection, TableVersion version)
            throws SQLException {
        try (PreparedStatement statement =
                writable.prepareStatement("SELECT pg_logical_emit_message(true, ?, ?)::text")) {
            statement.setString(1, TableMark.prefix(config.pipeline()));
            statement.setBytes(2, new TableMark(collection, version.text()).content());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return LogSequenceNumber.valueOf(row.getString(1)).asLong();
            }
        }
    }

    public boolean exists(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT FROM pg_publication WHERE pubname = ?")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    private static String names(List<PostgresConfig.Table> tables) {
        return new ArrayList<>(tables).stream().map(table -> table.name().sql()).collect(Collectors.joining(", "));
    }
}
