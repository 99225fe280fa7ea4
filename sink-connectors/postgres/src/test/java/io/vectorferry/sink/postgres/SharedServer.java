package io.vectorferry.sink.postgres;

import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.sink.postgres.config.PostgresTargetConfig;
import io.vectorferry.stores.postgres.session.PostgresAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** One server for the tests of this module; each test has a database of its own. */
final class SharedServer {
    private static final PostgresServer SERVER = PostgresServer.forTest();
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private SharedServer() {}

    static int port() {
        return SERVER.port();
    }

    /** A new database with pgvector. */
    record Database(String name) {
        static Database create() {
            String name = "test_" + DATABASES.incrementAndGet();
            new Database("postgres").execute("CREATE DATABASE " + name);
            Database database = new Database(name);
            database.execute("CREATE EXTENSION vector");
            return database;
        }

        PostgresTargetConfig config(String table) {
            return PostgresTargetConfig.of(address(SERVER.user()), table);
        }

        PostgresAddress address(String user) {
            return new PostgresAddress(
                    "targets[0].postgres", SERVER.host(), SERVER.port(), name, Map.of(), user, Optional.empty());
        }

        String url() {
            return SERVER.url(name);
        }

        Connection connect() throws SQLException {
            return DriverManager.getConnection(SERVER.jdbcUrl(name));
        }

        void execute(String... statements) {
            try (Connection connection = connect();
                    Statement statement = connection.createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The rows, with their columns joined by a bar. */
        List<String> rows(String sql) {
            List<String> found = new ArrayList<>();
            try (Connection connection = connect();
                    Statement statement = connection.createStatement();
                    ResultSet rows = statement.executeQuery(sql)) {
                int columns = rows.getMetaData().getColumnCount();
                while (rows.next()) {
                    List<String> values = new ArrayList<>();
                    for (int i = 1; i <= columns; i++) {
                        values.add(String.valueOf(rows.getString(i)));
                    }
                    found.add(String.join("|", values));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
            return found;
        }
    }
}
