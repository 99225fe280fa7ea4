package io.vectorferry.stores.postgres.session;

import java.net.ConnectException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/** Asks the server, over a connection of its own, what it does for a session that gets no answer. Safe for any thread. */
final class SessionProbe {
    /** Time limit of the connection and of each response. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** The server waits for us in them: a query of which it knows is not in one of them, but works or waits for something else. */
    private static final Set<String> IDLE = Set.of("idle", "idle in transaction", "idle in transaction (aborted)");

    private static final Set<String> WAITS_FOR_US = Set.of("ClientRead", "ClientWrite", "WalSenderWriteData");
    private static final String CANNOT_CONNECT_NOW = "57P03";
    private static final String CONNECTION_FAILED = "08";

    private final Properties session;

    /** @param session the driver's properties of the session that waits */
    SessionProbe(Properties session) {
        this.session = session;
    }

    /** Returns what is wrong; empty when the server works for the session, or refuses to say so. */
    String ask(int pid) {
        try (Connection connection = DriverManager.getConnection(url(), properties());
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT state, wait_event FROM pg_catalog.pg_stat_activity WHERE pid = ?")) {
            statement.setInt(1, pid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? wrong(row.getString(1), row.getString(2))
                        : "the server no longer has the session (its process was %d)".formatted(pid);
            }
        } catch (SQLException e) {
            return isUnreachable(e)
                    ? "the server does not respond to a new connection either: " + Connections.firstLine(e)
                    : "";
        }
    }

    private static String wrong(@Nullable String state, @Nullable String waitsFor) {
        boolean isWaiting =
                (state != null && IDLE.contains(state)) || (waitsFor != null && WAITS_FOR_US.contains(waitsFor));
        return isWaiting
                ? "the server waits for ferry (%s, %s): what one side sent was lost".formatted(state, waitsFor)
                : "";
    }

    /** A server that refuses a session, for want of room or of a right, is there. */
    private static boolean isUnreachable(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        return state.startsWith(CONNECTION_FAILED)
                || state.equals(CANNOT_CONNECT_NOW)
                || e.getCause() instanceof ConnectException;
    }

    private String url() {
        String host = session.getProperty(PGProperty.PG_HOST.getName(), "");
        return "jdbc:postgresql://%s:%s/%s"
                .formatted(
                        host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host,
                        session.getProperty(PGProperty.PG_PORT.getName()),
                        URLEncoder.encode(
                                session.getProperty(PGProperty.PG_DBNAME.getName(), ""), StandardCharsets.UTF_8));
    }

    private Properties properties() {
        Properties properties = new Properties();
        session.stringPropertyNames().forEach(name -> properties.setProperty(name, session.getProperty(name)));
        for (PGProperty own : Set.of(
                PGProperty.SOCKET_FACTORY,
                PGProperty.SOCKET_FACTORY_ARG,
                PGProperty.REPLICATION,
                PGProperty.PREFER_QUERY_MODE,
                PGProperty.READ_ONLY_MODE)) {
            properties.remove(own.getName());
        }
        String seconds = Long.toString(LIMIT.toSeconds());
        properties.setProperty(PGProperty.CONNECT_TIMEOUT.getName(), seconds);
        properties.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), seconds);
        return properties;
    }
}
