package io.vectorferry.sink.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig.IndexType;
import io.vectorferry.sink.postgres.index.IndexDefinition;
import io.vectorferry.sink.postgres.table.FerryNotes;
import io.vectorferry.sink.postgres.table.PostgresErrors;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.StoredVectorIndex;
import io.vectorferry.sink.postgres.table.TargetSession;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.postgres.table.TypeNames;
import io.vectorferry.sink.postgres.table.VectorOperators;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
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

/** The checks of {@code ferry doctor} for one target. */
final class TargetChecks {
    private static final int MIN_VERSION = 140_000;

    private final String target;
    private final PostgresTargetConfig config;
    private final Connections connections;
    private final List<Finding> findings = new ArrayList<>();

    TargetChecks(String target, PostgresTargetConfig config, Connections connections) {
        this.target = target;
        this.config = config;
        this.connections = connections;
    }

    List<Finding> run(List<String> collections) {
        Set<QualifiedName> tables = new HashSet<>();
        for (String collection : collections) {
            QualifiedName table = config.tableOf(collection);
            if (!tables.add(table)) {
                findings.add(Finding.warning(
                        "postgres.table",
                        "several collections share table %s: with `ids: preserve`, a row whose id is already used there becomes a dead letter"
                                .formatted(table.collection()),
                        "Use `ids: uuid5` or `ids: allocate`, or write `table: %s` in target %s."
                                .formatted(PostgresTargetConfig.COLLECTION, target)));
            }
        }
        try (TargetSession session = new TargetSession(connections)) {
            session.read(connection -> {
                server(connection);
                extension(connection);
                notes(connection);
                for (QualifiedName table : tables) {
                    table(connection, table);
                }
                return true;
            });
        } catch (SQLException e) {
            add(PostgresErrors.translate(e, "the check of " + config.address().text()));
        } catch (FerryException e) {
            add(e);
        }
        return findings;
    }

    private void add(FerryException e) {
        findings.add(Finding.error("postgres.server", String.valueOf(e.getMessage()), e.remedy()));
    }

    private void server(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT pg_catalog.current_setting('server_version_num')::int, pg_catalog.current_setting('server_version'),
                          pg_catalog.pg_is_in_recovery()""")) {
            row.next();
            String version = row.getString(2);
            if (row.getInt(1) < MIN_VERSION) {
                findings.add(Finding.error(
                        "postgres.server",
                        "PostgreSQL %s is older than 14".formatted(version),
                        "Upgrade the server to PostgreSQL 14 or newer."));
            } else if (row.getBoolean(3)) {
                findings.add(Finding.error(
                        "postgres.server",
                        "the server at %s is a standby, which takes no writes"
                                .formatted(config.address().text()),
                        "Set `url` to the primary, or add ?target_session_attrs=read-write to it."));
            } else {
                findings.add(Finding.ok(
                        "postgres.server",
                        "PostgreSQL %s responds at %s"
                                .formatted(version, config.address().text())));
            }
        }
    }

    private void extension(Connection connection) throws SQLException {
        Optional<TypeNames> types = TypeNames.find(connection);
        if (types.isPresent()) {
            String version =
                    text(connection, "SELECT extversion FROM pg_catalog.pg_extension WHERE extname = 'vector'");
            findings.add(
                    version.matches("0\\.[0-6](\\..*)?")
                            ? Finding.warning(
                                    "postgres.pgvector",
                                    "pgvector %s has no halfvec and no sparsevec".formatted(version),
                                    "ALTER EXTENSION vector UPDATE;  after an upgrade of the server's package.")
                            : Finding.ok(
                                    "postgres.pgvector",
                                    "pgvector %s is in schema %s"
                                            .formatted(version, types.get().extension())));
            return;
        }
        boolean mayCreate =
                flag(connection, "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')");
        findings.add(
                mayCreate
                        ? Finding.ok("postgres.pgvector", "pgvector will be created in the database")
                        : Finding.error(
                                "postgres.pgvector",
                                "the database has no pgvector",
                                "CREATE EXTENSION vector;  as a superuser or the database's owner."));
    }

    private void notes(Connection connection) throws SQLException {
        String user = QualifiedName.quoted(config.address().user());
        boolean allowed = FerryNotes.exists(connection)
                ? flag(connection, "SELECT pg_catalog.has_schema_privilege('vectorferry', 'USAGE')")
                        && flag(
                                connection,
                                "SELECT pg_catalog.has_table_privilege('vectorferry.target_tables', 'SELECT')"
                                        + " AND pg_catalog.has_table_privilege('vectorferry.target_tables', 'INSERT')"
                                        + " AND pg_catalog.has_table_privilege('vectorferry.target_tables', 'UPDATE')")
                : flag(connection, """
                        SELECT CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'vectorferry')
                          THEN pg_catalog.has_schema_privilege('vectorferry', 'CREATE')
                          ELSE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') END""");
        findings.add(
                allowed
                        ? Finding.ok("postgres.notes", "ferry's own table is " + FerryNotes.TABLE)
                        : Finding.error(
                                "postgres.notes",
                                "%s may not keep the offsets in %s".formatted(user, FerryNotes.TABLE),
                                "CREATE SCHEMA IF NOT EXISTS vectorferry; ALTER SCHEMA vectorferry OWNER TO %s;  and, if it exists, ALTER TABLE %s OWNER TO %s;"
                                        .formatted(user, FerryNotes.TABLE, user)));
    }

    private void table(Connection connection, QualifiedName name) throws SQLException {
        Optional<TargetTable> found;
        try {
            found = TargetTable.find(connection, name);
        } catch (FerryException e) {
            findings.add(Finding.error("postgres.table", String.valueOf(e.getMessage()), e.remedy()));
            return;
        }
        if (found.isPresent()) {
            existing(connection, found.get());
        } else {
            absent(connection, name);
        }
    }

    private void absent(Connection connection, QualifiedName name) throws SQLException {
        String user = QualifiedName.quoted(config.address().user());
        boolean schema = flag(
                connection, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ?)", name.schema());
        boolean allowed = schema
                ? flag(connection, "SELECT pg_catalog.has_schema_privilege(?, 'CREATE')", name.schema())
                : flag(connection, "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')");
        findings.add(
                allowed
                        ? Finding.ok("postgres.table", "table %s will be created".formatted(name.collection()))
                        : Finding.error(
                                "postgres.table",
                                "%s may not create table %s".formatted(user, name.collection()),
                                "CREATE SCHEMA IF NOT EXISTS %s; GRANT USAGE, CREATE ON SCHEMA %s TO %s;"
                                        .formatted(
                                                QualifiedName.quoted(name.schema()),
                                                QualifiedName.quoted(name.schema()),
                                                user)));
    }

    private void existing(Connection connection, TargetTable table) throws SQLException {
        String user = QualifiedName.quoted(config.address().user());
        String sql = table.name().sql();
        boolean allowed = flag(connection, """
                SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(?, p)) FROM
                  pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p""", sql);
        if (!allowed) {
            findings.add(Finding.error(
                    "postgres.table",
                    "%s may not write table %s".formatted(user, table.name().collection()),
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s;".formatted(sql, user)));
            return;
        }
        findings.add(Finding.ok(
                "postgres.table",
                "table %s already exists and is checked when the first rows arrive"
                        .formatted(table.name().collection())));
        beside(connection, table);
        List<String> required = table.columns().stream()
                .filter(column -> column.isRequired() && !table.isKey(column.name()))
                .map(StoredColumn::name)
                .toList();
        if (!required.isEmpty()) {
            findings.add(Finding.warning(
                    "postgres.columns",
                    "columns of table %s are NOT NULL without a default: %s"
                            .formatted(table.name().collection(), String.join(", ", required)),
                    "The rows must have these fields; otherwise give the columns a default."));
        }
    }

    /** Checks what ferry does beside writing rows. */
    private void beside(Connection connection, TargetTable table) throws SQLException {
        String user = QualifiedName.quoted(config.address().user());
        String sql = table.name().sql();
        if (table.sequence().isPresent()
                && !flag(
                        connection,
                        "SELECT pg_catalog.has_sequence_privilege(?, 'SELECT') AND pg_catalog.has_sequence_privilege(?, 'UPDATE')",
                        table.sequence().get(),
                        table.sequence().get())) {
            findings.add(Finding.error(
                    "postgres.sequence",
                    "%s may not move the sequence of table %s past the largest id"
                            .formatted(user, table.name().collection()),
                    "GRANT SELECT, UPDATE ON SEQUENCE %s TO %s;"
                            .formatted(table.sequence().get(), user)));
        }
        if (!table.ownedByUser()
                && (config.index().type() != IndexType.NONE || !config.indexes().isEmpty())) {
            findings.add(Finding.warning(
                    "postgres.index",
                    "%s does not own table %s, and only its owner can make an index on it"
                            .formatted(user, table.name().collection()),
                    "Set `index: {type: none}` in target %s and make the indexes yourself, or grant %s the owner's role."
                            .formatted(target, user)));
        }
        if (flag(connection, "SELECT pg_catalog.row_security_active(?::regclass)", sql)) {
            findings.add(Finding.error(
                    "postgres.policies",
                    "row level security of table %s applies to %s"
                            .formatted(table.name().collection(), user),
                    "ALTER ROLE %s BYPASSRLS;  as a superuser.".formatted(user)));
        }
        if (flag(connection, """
                SELECT EXISTS (SELECT FROM pg_catalog.pg_publication_tables WHERE schemaname = ? AND tablename = ?
                  AND starts_with(pubname, 'vectorferry_'))""", table.name().schema(), table.name().table())) {
            findings.add(Finding.warning(
                    "postgres.loop",
                    "table %s is also the source of a pipeline"
                            .formatted(table.name().collection()),
                    "If it is this pipeline, set another `table`: ferry would replicate its own writes."));
        }
        for (StoredColumn column : table.columns()) {
            if (config.index().type() != IndexType.NONE && column.vector().isPresent()) {
                IndexDefinition.refusal(column, config.index().type())
                        .ifPresent(why -> findings.add(Finding.warning(
                                "postgres.index",
                                "column %s of table %s gets no index: %s"
                                        .formatted(column.name(), table.name().collection(), why),
                                "Set `index: {type: none}` to leave it so.")));
                keptIndex(connection, table, column);
            }
        }
    }

    private void keptIndex(Connection connection, TargetTable table, StoredColumn column) throws SQLException {
        Optional<StoredVectorIndex> present = StoredVectorIndex.find(connection, table, column.name());
        Optional<DistanceMetric> wanted = config.index().metric().map(PostgresTargetConfig.Metric::distance);
        if (present.isPresent()
                && wanted.isPresent()
                && !present.get().operatorClass().equals(VectorOperators.operatorClass(column, wanted.get()))) {
            findings.add(Finding.warning(
                    "postgres.index",
                    "index %s of table %s is kept, and its operator class %s is not of the metric %s"
                            .formatted(
                                    present.get().name(),
                                    table.name().collection(),
                                    present.get().operatorClass(),
                                    wanted.get().label()),
                    "To replace it, drop it: DROP INDEX CONCURRENTLY %s;"
                            .formatted(new QualifiedName(
                                            table.name().schema(), present.get().name())
                                    .sql())));
        }
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private static boolean flag(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }
}
