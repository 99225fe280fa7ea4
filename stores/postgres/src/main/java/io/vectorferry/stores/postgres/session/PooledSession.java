package io.vectorferry.stores.postgres.session;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.IntConsumer;
import org.postgresql.PGConnection;

/**
 * A session of which each transaction may be served by another process, as by PgBouncer in transaction mode: settings
 * last until the end of the transaction, and no statement is prepared under a name. For one thread.
 */
public final class PooledSession implements AutoCloseable {
    private final Connection connection;
    private final IntConsumer servedBy;

    PooledSession(Connection connection, IntConsumer servedBy) {
        this.connection = connection;
        this.servedBy = servedBy;
    }

    /** Begins a transaction that writes: triggers of the application see the search path that they know. */
    public Connection begin() throws SQLException {
        return begin(false);
    }

    /** Begins a transaction in which names of extensions are short. */
    public Connection beginReading() throws SQLException {
        return begin(true);
    }

    private Connection begin(boolean reads) throws SQLException {
        connection.setAutoCommit(false);
        servedBy.accept(ProbingSockets.ANY);
        servedBy.accept(SessionSettings.applyToTransaction(connection, reads));
        return connection;
    }

    /** Returns the connection for statements that cannot run in a transaction. */
    public Connection withoutTransaction() throws SQLException {
        connection.setAutoCommit(true);
        servedBy.accept(ProbingSockets.ANY);
        return connection;
    }

    /** Whether the server itself answers, with the process that it named when the connection was made, and no pooler. */
    public boolean isDirect() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
            row.next();
            return row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID();
        }
    }

    /** Ends the connection from another thread; a statement that the server runs may continue there. */
    public void abort() throws SQLException {
        connection.abort(Runnable::run);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
