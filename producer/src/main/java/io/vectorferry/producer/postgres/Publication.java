package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import io.vectorferry.producer.postgres.capture.TableMark;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.postgresql.replication.LogSequenceNumber;

/** The pipeline's publication: exactly its tables, or one that the user made and that holds at least those. */
final class Publication {
    private static final int SCHEMAS_VERSION = 15;
    private static final String LOCK_TIMEOUT = "10s";
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final PostgresConfig config;
    private final String name;

    Publication(PostgresConfig config) {
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
    static String members(Connection connection) throws SQLException {
        return """
                SELECT w.s, w.t FROM unnest(?::text[], ?::text[]) w (s, t) JOIN pg_namespace n ON n.nspname = w.s
                JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.t WHERE %s <> ''""".formatted(memberships(connection));
    }

    /**
     * Returns an error for each thing by which changes would be missing from the log, or by which the application's own
     * statements fail. A publication that is not there yet is judged as it would be made.
     */
    List<Finding> problems(Connection connection) throws SQLException {
        return new PublicationChecks(config, connection).findings();
    }

    /** Returns those {@link #problems} that may come while the pipeline runs. */
    List<Finding> problemsOfTables(Connection connection) throws SQLException {
        return new PublicationChecks(config, connection).thoseOfTables();
    }

    /** What has to be run; empty when all is there. */
    List<String> missing(Connection connection) throws SQLException {
        return statements(connection, absent(connection));
    }

    private List<String> statements(Connection connection, List<PostgresConfig.Table> absent) throws SQLException {
        if (!exists(connection)) {
            String generated =
                    connection.getMetaData().getDatabaseMajorVersion() >= PublicationChecks.GENERATED_COLUMNS_VERSION
                            ? ", publish_generated_columns = stored"
                            : "";
            return List.of("CREATE PUBLICATION %s FOR TABLE %s WITH (publish_via_partition_root = true%s)"
                    .formatted(QualifiedName.quoted(name), names(config.tables()), generated));
        }
        return absent.isEmpty()
                ? List.of()
                : List.of("ALTER PUBLICATION %s ADD TABLE %s".formatted(QualifiedName.quoted(name), names(absent)));
    }

    /** The pipeline's tables that the publication lacks, or that do not exist. */
    List<PostgresConfig.Table> absent(Connection connection) throws SQLException {
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
    void bind(PreparedStatement statement, Connection connection, int first) throws SQLException {
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
     * Makes the publication, or adds the tables that it lacks, where {@link #problemsOfTables} finds nothing. For each that had a generation before, one transaction adds
     * it and marks the place in the log, so that no kill parts the two: changes before it may be missing.
     *
     * @param generation of a collection, 0 where none is recorded
     */
    void provision(Connection writable, ToIntFunction<String> generation) throws SQLException {
        Finding.refuseErrors(problemsOfTables(writable));
        List<PostgresConfig.Table> absent = absent(writable);
        if (absent.isEmpty()) {
            return;
        }
        List<String> statements = statements(writable, absent);
        writable.setAutoCommit(false);
        try (Statement statement = writable.createStatement()) {
            statement.execute("SET LOCAL lock_timeout = '%s'".formatted(LOCK_TIMEOUT));
            for (String sql : statements) {
                statement.execute(sql);
            }
            for (PostgresConfig.Table table : absent) {
                Optional<TableVersion> version = TableVersion.read(writable, config, table);
                int replaced = generation.applyAsInt(table.collection());
                if (version.isPresent() && replaced > 0) {
                    mark(writable, config, table.collection(), version.get().replacing(replaced));
                }
            }
            writable.commit();
        } catch (SQLException e) {
            writable.rollback();
            throw refused(e, String.join("; ", statements));
        } finally {
            writable.setAutoCommit(true);
        }
        List<PostgresConfig.Table> left = absent(writable);
        if (!left.isEmpty()) {
            throw FerryException.misconfigured(
                    "the publication %s does not publish %s under its own name".formatted(name, names(left)),
                    "Name the partitioned table that it belongs to, or another publication.");
        }
    }

    private static FerryException refused(SQLException e, String sql) {
        if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
            return FerryException.retryable(
                    "%s waits for another session that alters or vacuums the table".formatted(sql), e);
        }
        return FerryException.misconfigured(
                "the publication could not be made: " + Connections.firstLine(e),
                "As the owner of the tables, or a superuser, run: " + sql + ";",
                e);
    }

    /** Writes a mark into the log, from which on the collection stands at the version, and returns its place. */
    static long mark(Connection writable, PostgresConfig config, String collection, TableVersion version)
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

    boolean exists(Connection connection) throws SQLException {
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
