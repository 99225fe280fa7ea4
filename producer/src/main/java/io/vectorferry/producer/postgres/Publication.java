package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The pipeline's publication: exactly its tables, or one that the user made and that holds at least those. */
final class Publication {
    private final String name;
    private final List<QualifiedName> tables;

    Publication(PostgresConfig config) {
        this.name = config.publication();
        this.tables = config.tables().stream().map(PostgresConfig.Table::name).toList();
    }

    /** What has to be run; empty when all is there. */
    List<String> missing(Connection connection) throws SQLException {
        if (!exists(connection)) {
            return List.of("CREATE PUBLICATION %s FOR TABLE %s WITH (publish_via_partition_root = true)"
                    .formatted(QualifiedName.quoted(name), names(tables)));
        }
        Set<QualifiedName> published = published(connection);
        List<QualifiedName> absent =
                tables.stream().filter(table -> !published.contains(table)).toList();
        return absent.isEmpty()
                ? List.of()
                : List.of("ALTER PUBLICATION %s ADD TABLE %s".formatted(QualifiedName.quoted(name), names(absent)));
    }

    void provision(Connection writable) throws SQLException {
        for (String sql : missing(writable)) {
            try (Statement statement = writable.createStatement()) {
                statement.execute(sql);
            } catch (SQLException e) {
                throw FerryException.misconfigured(
                        "the publication could not be made: " + Connections.firstLine(e),
                        "As the owner of the tables, or a superuser, run: " + sql + ";",
                        e);
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

    private Set<QualifiedName> published(Connection connection) throws SQLException {
        Set<QualifiedName> published = new HashSet<>();
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT schemaname, tablename FROM pg_publication_tables WHERE pubname = ?")) {
            statement.setString(1, name);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    published.add(new QualifiedName(rows.getString(1), rows.getString(2)));
                }
            }
        }
        return published;
    }

    private static String names(List<QualifiedName> tables) {
        return new ArrayList<>(tables).stream().map(QualifiedName::sql).collect(Collectors.joining(", "));
    }
}
