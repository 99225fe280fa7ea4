package io.vectorferry.sink.postgres.table;

import io.vectorferry.stores.postgres.session.Connections;
import io.vectorferry.stores.postgres.session.PooledSession;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;

/** Transactions over one connection, which is opened again after it was lost. For one thread. */
public final class TargetSession implements AutoCloseable {
    private final Connections connections;
    private volatile @Nullable PooledSession session;

    public TargetSession(Connections connections) {
        this.connections = connections;
    }

    /** Statements of one transaction. */
    public interface Work<T extends @Nullable Object> {
        T in(Connection connection) throws SQLException;
    }

    /** Commits what the work has done, or nothing of it. */
    public <T extends @Nullable Object> T write(Work<T> work) throws SQLException {
        PooledSession open = opened();
        try {
            Connection connection = open.begin();
            T result = work.in(connection);
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            drop(open, e);
            throw e;
        }
    }

    public <T extends @Nullable Object> T read(Work<T> work) throws SQLException {
        PooledSession open = opened();
        try {
            Connection connection = open.beginReading();
            T result = work.in(connection);
            connection.rollback();
            return result;
        } catch (SQLException | RuntimeException | Error e) {
            drop(open, e);
            throw e;
        }
    }

    /** Runs statements that cannot run in a transaction. */
    public void alone(String... statements) throws SQLException {
        PooledSession open = opened();
        try (Statement statement = open.withoutTransaction().createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException | RuntimeException | Error e) {
            drop(open, e);
            throw e;
        }
    }

    /**
     * Runs a statement that makes an index, with more memory and more workers unless the server grants more anyway. Behind a pooler
     * such settings would stay in a session of others: there the server's own count.
     */
    public void aloneWith(long memoryKb, int workers, String sql) throws SQLException {
        PooledSession open = opened();
        try (Statement statement = open.withoutTransaction().createStatement()) {
            if (open.isDirect()) {
                statement.execute("""
                        SELECT pg_catalog.set_config('maintenance_work_mem', greatest(setting::bigint, %d)::text || 'kB', false)
                        FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem'""".formatted(memoryKb));
                statement.execute("""
                        SELECT pg_catalog.set_config('max_parallel_maintenance_workers', greatest(setting::int, %d)::text, false)
                        FROM pg_catalog.pg_settings WHERE name = 'max_parallel_maintenance_workers'""".formatted(workers));
            }
            statement.execute(sql);
        } catch (SQLException | RuntimeException | Error e) {
            drop(open, e);
            throw e;
        }
    }

    private PooledSession opened() {
        PooledSession open = session;
        if (open == null) {
            open = connections.pooled();
            session = open;
        }
        return open;
    }

    /** A new connection costs less than the question whether this one is whole, and ends a COPY that is under way. */
    private void drop(PooledSession open, Throwable why) {
        session = null;
        try {
            open.close();
        } catch (SQLException e) {
            why.addSuppressed(e);
        }
    }

    /** Ends the connection while another thread uses it. */
    public void abort() throws SQLException {
        PooledSession open = session;
        if (open != null) {
            open.abort();
        }
    }

    @Override
    public void close() {
        PooledSession open = session;
        session = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                throw PostgresErrors.translate(e, "closing a connection");
            }
        }
    }
}
