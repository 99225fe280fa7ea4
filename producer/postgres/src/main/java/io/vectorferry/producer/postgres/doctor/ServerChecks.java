package io.vectorferry.producer.postgres.doctor;

import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.producer.postgres.slot.ReplicationSlot;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Settings, privileges, slot and publication. */
public final class ServerChecks {
    /** The first version whose pgoutput passes on logical messages: barriers, and the marks of generations. */
    private static final int MIN_VERSION = 140_000;

    private final PostgresConfig config;
    private final Connections connections;
    private final FindingList findings = new FindingList();

    public ServerChecks(PostgresConfig config, Connections connections) {
        this.config = config;
        this.connections = connections;
    }

    public List<Finding> findings(Connection connection) {
        findings.check("version", () -> checkVersion(connection));
        findings.check("wal_level", () -> checkWalLevel(connection));
        findings.check("replication_role", () -> checkRole(connection));
        findings.check("slot", () -> checkSlot(connection));
        findings.check("settings", () -> checkSettings(connection));
        return findings.all();
    }

    /** Returns the findings about the publication alone. */
    List<Finding> ofPublication(Connection connection) {
        findings.check("publication", () -> checkPublication(connection));
        return findings.all();
    }

    /** Refuses errors before anything is created: a publication without capture only does harm. */
    public void refuseErrors(Connection connection) throws SQLException {
        checkVersion(connection);
        checkWalLevel(connection);
        checkRole(connection);
        if (new ReplicationSlot(connections, config.slot()).state(connection).isEmpty()) {
            checkFreeSlot(connection);
        }
        new Publication(config).problems(connection).forEach(findings::add);
        Finding.refuseErrors(findings.all());
    }

    private void checkVersion(Connection connection) throws SQLException {
        int version = Integer.parseInt(setting(connection, "server_version_num"));
        findings.add(
                version >= MIN_VERSION
                        ? Finding.ok("version", "PostgreSQL " + setting(connection, "server_version"))
                        : Finding.error(
                                "version",
                                "PostgreSQL %s does not pass on logical messages, without which nothing shows how far the targets are: 14 or newer is needed"
                                        .formatted(setting(connection, "server_version")),
                                "Upgrade the server."));
    }

    private void checkWalLevel(Connection connection) throws SQLException {
        String level = setting(connection, "wal_level");
        findings.add(
                level.equals("logical")
                        ? Finding.ok("wal_level", "wal_level is logical")
                        : Finding.error(
                                "wal_level",
                                "wal_level is %s, but logical decoding requires logical".formatted(level),
                                "ALTER SYSTEM SET wal_level = logical;  -- then restart the server"));
    }

    private void checkRole(Connection connection) throws SQLException {
        boolean replicates = truth(connection, """
                SELECT bool_or(rolname = current_user AND (rolreplication OR rolsuper)
                  OR rolname = 'rds_replication' AND pg_has_role(oid, 'MEMBER')) FROM pg_roles""");
        String user = QualifiedName.quoted(config.address().user());
        findings.add(
                replicates
                        ? Finding.ok("replication_role", user + " may replicate")
                        : Finding.error(
                                "replication_role",
                                user + " may not replicate",
                                "ALTER ROLE %s REPLICATION;  -- on RDS: GRANT rds_replication TO %s;"
                                        .formatted(user, user)));
    }

    private void checkSlot(Connection connection) throws SQLException {
        Optional<ReplicationSlot.State> state = new ReplicationSlot(connections, config.slot()).state(connection);
        if (state.isEmpty()) {
            checkFreeSlot(connection);
        } else if (state.get().walStatus().equals("lost")) {
            findings.add(Finding.error(
                    "slot",
                    "slot %s was invalidated: it passed max_slot_wal_keep_size".formatted(config.slot()),
                    "ferry run -f … --new-generation"));
        } else if (!state.get().isFinished()) {
            findings.add(Finding.warning(
                    "slot",
                    "slot %s is still being created by an earlier start, which waits for open transactions"
                            .formatted(config.slot()),
                    "End the transactions that open_transaction names; the next start uses the slot."));
        } else {
            findings.add(
                    state.get().active()
                            ? Finding.warning(
                                    "slot",
                                    "slot %s is being read by another process".formatted(config.slot()),
                                    "Stop the other ferry before this one starts.")
                            : Finding.ok("slot", "slot %s exists".formatted(config.slot())));
        }
    }

    private void checkFreeSlot(Connection connection) throws SQLException {
        boolean free = truth(
                connection,
                "SELECT count(*) < current_setting('max_replication_slots')::int FROM pg_replication_slots");
        findings.add(
                free
                        ? Finding.ok("slot", "will be created: slot " + config.slot())
                        : Finding.error(
                                "slot",
                                "all max_replication_slots = %s are in use"
                                        .formatted(setting(connection, "max_replication_slots")),
                                "SELECT slot_name, active FROM pg_replication_slots;  -- drop an unused one, or ALTER SYSTEM SET max_replication_slots = 20; and restart"));
    }

    private void checkSettings(Connection connection) throws SQLException {
        if (setting(connection, "max_slot_wal_keep_size").equals("-1")) {
            findings.add(Finding.warning(
                    "max_slot_wal_keep_size",
                    "an unread replication slot retains an unlimited amount of WAL",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();"));
        }
        if (setting(connection, "synchronous_commit").equals("off")) {
            findings.add(Finding.warning(
                    "synchronous_commit",
                    "synchronous_commit is off: changes are seen up to a second late",
                    "ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf();"));
        }
    }

    private void checkPublication(Connection connection) throws SQLException {
        List<Finding> problems = new Publication(config).problems(connection);
        problems.forEach(findings::add);
        List<String> missing = new Publication(config).missing(connection);
        if (problems.stream().anyMatch(problem -> problem.check().equals("publication"))) {
            return; // what would be run may be refused for the same reason
        }
        checkOthers(connection);
        if (missing.isEmpty()) {
            findings.add(Finding.ok("publication", "publication %s holds the tables".formatted(config.publication())));
            return;
        }
        boolean mayCreate = truth(connection, "SELECT has_database_privilege(current_database(), 'CREATE')");
        boolean ownsAll = true;
        for (PostgresConfig.Table table : config.tables()) {
            ownsAll &= owns(connection, table.name());
        }
        findings.add(
                mayCreate && ownsAll
                        ? Finding.ok("publication", "will be created: publication " + config.publication())
                        : Finding.error(
                                "publication",
                                "this user cannot create the publication, because it does not own every table",
                                String.join("; ", missing) + ";  -- as the owner or a superuser"));
    }

    private void checkOthers(Connection connection) throws SQLException {
        Publication publication = new Publication(config);
        Publication.Others others = publication.others(connection);
        if (!others.tables().isEmpty()) {
            findings.add(Finding.warning(
                    "publication",
                    "publication %s has %s, which the pipeline does not name: their changes are sent and thrown away"
                            .formatted(
                                    config.publication(),
                                    others.tables().stream()
                                            .map(QualifiedName::collection)
                                            .collect(Collectors.joining(", "))),
                    others.isOurs()
                            ? "nothing has to be done: `ferry run` takes them out"
                            : others.tables().stream().map(publication::removal).collect(Collectors.joining(" "))));
        }
    }

    private static boolean owns(Connection connection, QualifiedName table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT pg_has_role(c.relowner, 'MEMBER') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = ? AND c.relname = ?""")) {
            statement.setString(1, table.schema());
            statement.setString(2, table.table());
            try (ResultSet row = statement.executeQuery()) {
                // Another check reports a missing table.
                return !row.next() || row.getBoolean(1);
            }
        }
    }

    private static String setting(Connection connection, String name) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT current_setting(?)")) {
            statement.setString(1, name);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    private static boolean truth(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }
}
