package io.vectorferry.stores.postgres.session;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.SqlErrors;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.PGProperty;

/** Opens sessions of one user on one database. */
public final class Connections {
    private static final int CONNECT_TIMEOUT_SECONDS = 10;
    private static final String MIN_SERVER_VERSION = "14";

    private final PostgresAddress address;
    private final String applicationName;

    /** @param applicationName as the server lists its sessions */
    public Connections(PostgresAddress address, String applicationName) {
        this.address = address;
        this.applicationName = applicationName;
    }

    /** A session whose transactions cannot write. */
    public Connection readOnly() {
        Properties properties = properties();
        PGProperty.READ_ONLY.set(properties, true);
        PGProperty.READ_ONLY_MODE.set(properties, "always");
        return open(properties, SessionSettings::apply);
    }

    /** Opens a session that can write rows of a table of documents. */
    public Connection writable() {
        return open(properties(), SessionSettings::applyToWriter);
    }

    /**
     * Opens a session for the slot, the publication, and the messages in the log. These are decoded whether a
     * synchronous standby has them or not, and must not wait for one.
     */
    public Connection provisioning() {
        return open(properties(), connection -> {
            SessionSettings.applyToWriter(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET synchronous_commit = local");
            }
        });
    }

    /** Speaks the replication protocol. */
    public Connection replication() {
        Properties properties = properties();
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, MIN_SERVER_VERSION);
        return open(properties, SessionSettings::apply);
    }

    /** Opens a session that keeps nothing from one transaction to the next, so that a pooler may be in between. */
    public PooledSession pooled() {
        Properties properties = properties();
        PGProperty.PREPARE_THRESHOLD.set(properties, 0);
        String url = "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database());
        try {
            Connection connection = DriverManager.getConnection(url, properties);
            return new PooledSession(connection, ProbingSockets.served());
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private interface Preparation {
        void apply(Connection connection) throws SQLException;
    }

    private Connection open(Properties properties, Preparation preparation) {
        String url = "jdbc:postgresql://%s:%d/%s".formatted(address.host(), address.port(), address.database());
        try {
            return prepared(DriverManager.getConnection(url, properties), preparation);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private static Connection prepared(Connection connection, Preparation preparation) throws SQLException {
        try {
            preparation.apply(connection);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    /** Says which of the usual reasons it was; SQLSTATE classes of PostgreSQL's Appendix A. */
    private FerryException failure(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        String tried = "PostgreSQL at %s as %s".formatted(address.text(), address.user());
        return switch (state) {
            case "28P01", "28000" ->
                FerryException.misconfigured(
                        tried + " refused the password or the user: " + firstLine(e),
                        "Check %s.user and password, and pg_hba.conf on the server.".formatted(address.section()),
                        e);
            case "3D000" ->
                FerryException.misconfigured(
                        tried + ": there is no such database", "Check %s.url.".formatted(address.section()), e);
            default -> FerryException.retryable(tried + " cannot be reached: " + firstLine(e), e);
        };
    }

    public static String firstLine(SQLException e) {
        String first = SqlErrors.firstLine(e);
        // The driver says of a connection that was given up only that it is broken.
        return switch (e.getCause()) {
            case NoAnswerException known -> first + " " + known.getMessage();
            case SocketTimeoutException limit -> first + " no response: " + limit.getMessage();
            case null, default -> first;
        };
    }

    private Properties properties() {
        Properties properties = new Properties();
        PGProperty.USER.set(properties, address.user());
        address.password().ifPresent(password -> PGProperty.PASSWORD.set(properties, password));
        PGProperty.APPLICATION_NAME.set(properties, applicationName);
        PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_TIMEOUT_SECONDS);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        // A detail quotes rows, such as "Key (id)=(…) already exists", and exceptions go to the log.
        PGProperty.LOG_SERVER_ERROR_DETAIL.set(properties, false);
        ProbingSockets.use(properties);
        // What the URL says wins over the defaults above.
        address.parameters().forEach(properties::setProperty);
        return properties;
    }
}
