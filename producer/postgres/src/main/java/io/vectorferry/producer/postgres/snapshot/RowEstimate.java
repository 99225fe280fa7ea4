package io.vectorferry.producer.postgres.snapshot;

import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How many rows a table has: counted if it is small, else its blocks times the rows of a block, which the last VACUUM or ANALYZE
 * found, or a sample of blocks if there was none. For one thread.
 */
public final class RowEstimate {
    /** Blocks of a sample, whatever the table's size: 16 MB. Long values are kept elsewhere and are not read. */
    private static final int SAMPLED_BLOCKS = 2_000;

    private static final double PERCENT = 100;
    private static final String CATALOG = """
            SELECT reltuples, relpages, pg_relation_size(oid) / current_setting('block_size')::bigint, pg_table_size(oid)
            FROM pg_class WHERE oid = ?::regclass""";

    private static final String RECORDED = """
            SELECT reltuples, relpages * current_setting('block_size')::bigint FROM pg_class WHERE oid = ?::regclass""";

    /** @param rows empty if they could not be counted in time */
    public record Size(OptionalLong rows, long bytes) {}

    private final Connection connection;
    private final long countedBlocks;
    private final boolean bounded;
    private final long deadlineNanos;

    private RowEstimate(Connection connection, long countedBlocks, Duration limit) {
        this.connection = connection;
        this.countedBlocks = countedBlocks;
        this.bounded = !limit.isZero();
        this.deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    /** @param countedBlocks up to which a table is counted */
    public static RowEstimate of(Connection connection, long countedBlocks) {
        return new RowEstimate(connection, countedBlocks, Duration.ZERO);
    }

    /** @param limit of all questions together, after which the catalog alone is asked; the connection must be in no transaction */
    public static RowEstimate within(Connection connection, long countedBlocks, Duration limit) {
        return new RowEstimate(connection, countedBlocks, limit);
    }

    public Size size(QualifiedName table) throws SQLException {
        int seconds = secondsLeft();
        if (seconds < 0) {
            return asRecorded(table);
        }
        try (PreparedStatement statement = connection.prepareStatement(CATALOG)) {
            statement.setString(1, table.sql());
            statement.setQueryTimeout(seconds);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                double density = row.getLong(2) > 0 ? row.getDouble(1) / row.getLong(2) : 0;
                return new Size(rows(table, density, row.getLong(3)), row.getLong(4));
            }
        } catch (SQLException e) {
            if (!bounded) {
                throw e;
            }
            return asRecorded(table); // its size waits for a lock
        }
    }

    /** Returns the size found by the last VACUUM or ANALYZE, which needs no lock. */
    private Size asRecorded(QualifiedName table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(RECORDED)) {
            statement.setString(1, table.sql());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                long rows = row.getLong(1);
                return new Size(rows > 0 ? OptionalLong.of(rows) : OptionalLong.empty(), row.getLong(2));
            }
        }
    }

    /** @param density 0 or less: not known, or there were no rows when it was measured */
    private OptionalLong rows(QualifiedName table, double density, long blocks) throws SQLException {
        if (blocks == 0) {
            return OptionalLong.of(0);
        }
        int seconds = secondsLeft();
        if (blocks <= countedBlocks && seconds >= 0) {
            return count("SELECT count(*) FROM ONLY " + table.sql(), 1, seconds);
        }
        if (density > 0) {
            return OptionalLong.of(Math.round(density * blocks));
        }
        if (seconds < 0) {
            return OptionalLong.empty();
        }
        double percent = Math.min(PERCENT, PERCENT * SAMPLED_BLOCKS / blocks);
        String sample = String.format(
                Locale.ROOT, "SELECT count(*) FROM ONLY %s TABLESAMPLE SYSTEM (%.6f)", table.sql(), percent);
        return count(sample, PERCENT / percent, seconds);
    }

    /** 0: without a limit; negative: none is left. */
    private int secondsLeft() {
        if (!bounded) {
            return 0;
        }
        long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toSeconds();
        return left < 1 ? -1 : (int) left;
    }

    private OptionalLong count(String sql, double scale, int timeoutSeconds) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(timeoutSeconds);
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return OptionalLong.of(Math.round(row.getLong(1) * scale));
            }
        } catch (SQLException e) {
            if (!bounded) {
                throw e;
            }
            return OptionalLong.empty(); // locked, slow, or not to be read by this user: doctor and run say which
        }
    }
}
