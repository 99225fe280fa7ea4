package io.vectorferry.deploy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class PostgresServerTest {

    @Test
    void hasEveryVectorTypeAndLogicalDecodingAndKeepsItsRowsWhenKilled() throws SQLException {
        try (PostgresServer server = PostgresServer.forTest()) {
            assertThat(query(
                            server,
                            "CREATE EXTENSION vector",
                            "CREATE TABLE v (a vector(3), b halfvec(3), c sparsevec(100000), d bit(3))",
                            "INSERT INTO v VALUES ('[1,2,3]', '[1,2,3]', '{1:1,99999:2}/100000', '101')",
                            "SELECT slot_name FROM pg_create_logical_replication_slot('s', 'pgoutput')"))
                    .isEqualTo("s");

            server.kill();
            server.startAgain();

            assertThat(query(server, "SELECT a::text || c::text FROM v")).isEqualTo("[1,2,3]{1:1,99999:2}/100000");
        }
    }

    @Test
    void asksEveryRoleButItsOwnForAPasswordWhenTold() throws SQLException {
        try (PostgresServer server = PostgresServer.forTest()) {
            query(server, "CREATE ROLE reader LOGIN PASSWORD 'right'", "SELECT 1");
            server.requirePasswords();

            assertThat(query(server, "SELECT current_user")).isEqualTo("postgres");
            String url = "jdbc:postgresql://%s:%d/postgres".formatted(server.host(), server.port());
            assertThatThrownBy(() -> DriverManager.getConnection(url, "reader", "wrong"))
                    .hasMessageContaining("password authentication failed");
            try (Connection connection = DriverManager.getConnection(url, "reader", "right")) {
                assertThat(connection.isValid(1)).isTrue();
            }
        }
    }

    private static String query(PostgresServer server, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("postgres"));
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < statements.length - 1; i++) {
                statement.execute(statements[i]);
            }
            try (ResultSet rows = statement.executeQuery(statements[statements.length - 1])) {
                rows.next();
                return rows.getString(1);
            }
        }
    }
}
