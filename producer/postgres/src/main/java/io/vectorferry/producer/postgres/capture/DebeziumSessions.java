package io.vectorferry.producer.postgres.capture;

import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection;
import io.vectorferry.stores.postgres.session.ProbingSockets;
import io.vectorferry.stores.postgres.session.SessionSettings;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Opens Debezium's sessions, the replication session too, with our settings. Found by Debezium by its class name.
 *
 * <p>Corrects Debezium's query of the database's types: it takes a type of PostgreSQL's category E for an enum with labels,
 * and ends with a NullPointerException at a domain over an enum and at an enum without labels, used or not.
 */
public final class DebeziumSessions implements JdbcConnection.ConnectionFactory {
    private static final String LABELS = "e.values as enum_values";
    private static final String LABELS_OR_NONE = "coalesce(e.values, '{}') as enum_values";

    @Override
    public Connection connect(JdbcConfiguration config) throws SQLException {
        String url =
                "jdbc:postgresql://%s:%d/%s".formatted(config.getHostname(), config.getPort(), config.getDatabase());
        Properties properties = config.asProperties();
        ProbingSockets.use(properties);
        Connection connection = DriverManager.getConnection(url, properties);
        try {
            SessionSettings.apply(connection);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return corrected(Connection.class, connection);
    }

    /** Debezium unwraps the driver's own connection for the replication stream: only its SQL passes here. */
    private static <T> T corrected(Class<T> type, T real) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            Object result = invoked(real, method, arguments);
            return result instanceof Statement statement && method.getName().equals("createStatement")
                    ? corrected(Statement.class, statement)
                    : result;
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private static @Nullable Object invoked(Object real, Method method, Object @Nullable [] arguments)
            throws Throwable {
        if (arguments != null && arguments.length > 0 && arguments[0] instanceof String sql) {
            arguments[0] = sql.replace(LABELS, LABELS_OR_NONE);
        }
        try {
            return method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }
}
