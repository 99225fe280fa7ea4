package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.mark.BarrierMessage;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.stores.postgres.session.Connections;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes barriers as transactional logical messages, which are in the log in commit order with the rows. While a table of
 * the pipeline is missing from the publication none is written: it would claim changes that nobody captures. For one thread.
 */
final class PostgresBarriers implements BarrierIssuer {
    /** The first start makes the publication in this time. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Connections connections;
    private final Publication publication;
    private final int tables;
    private final String publicationName;
    private final String prefix;
    private final String address;
    private final long begun = System.nanoTime();
    private boolean everIssued;
    /** The transaction of the last barrier, if no other one was under way beside it; empty otherwise. */
    private String alone = "";

    private @Nullable Connection connection;

    PostgresBarriers(Connections connections, PostgresConfig config) {
        this.connections = connections;
        this.publication = new Publication(config);
        this.tables = config.tables().size();
        this.publicationName = config.publication();
        this.address = config.address().text();
        this.prefix = BarrierMessage.prefix(config.pipeline());
    }

    @Override
    public void issue(Barrier barrier) {
        Connection open = connection;
        if (open == null) {
            open = connections.provisioning();
            connection = open;
        }
        try {
            if (emit(open, barrier)) {
                everIssued = true;
            } else if (everIssued || System.nanoTime() - begun > PATIENCE.toNanos()) {
                throw withheld(open);
            }
        } catch (SQLException e) {
            close();
            throw FerryException.retryable(
                    "the barrier could not be written to the source: " + Connections.firstLine(e), e);
        }
    }

    /**
     * A transaction that changes anything has a number, and they are assigned in order: if none with a later one has ended,
     * nothing was committed.
     */
    @Override
    public boolean isQuiet() {
        Connection open = connection;
        if (open == null || alone.isEmpty()) {
            return false;
        }
        try (PreparedStatement statement =
                open.prepareStatement("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint = ?::bigint + 1")) {
            statement.setString(1, alone);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        } catch (SQLException e) {
            close();
            throw FerryException.retryable("the source could not be asked: " + Connections.firstLine(e), e);
        }
    }

    @Override
    public String asks() {
        return "PostgreSQL at " + address;
    }

    /**
     * The snapshot is from before the barrier's transaction has its number. If that is the next one then, every transaction
     * with a smaller one had ended.
     */
    private boolean emit(Connection open, Barrier barrier) throws SQLException {
        alone = "";
        String sql = """
                SELECT pg_logical_emit_message(true, ?, ?), pg_current_xact_id()::text,
                    pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text
                FROM pg_current_snapshot() s WHERE (SELECT count(*) FROM (%s) m) = %d""".formatted(Publication.members(open), tables);
        try (PreparedStatement statement = open.prepareStatement(sql)) {
            statement.setString(1, prefix);
            statement.setBytes(2, BarrierMessage.format(barrier).getBytes(StandardCharsets.UTF_8));
            publication.bind(statement, open, 3);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return false;
                }
                String own = row.getString(2);
                alone = own.equals(row.getString(3)) && own.equals(row.getString(4)) ? own : "";
                return true;
            }
        }
    }

    private FerryException withheld(Connection open) throws SQLException {
        List<String> reasons = new ArrayList<>();
        for (PostgresConfig.Table table : publication.absent(open)) {
            reasons.add("changes of %s are not captured: %s"
                    .formatted(
                            table.collection(),
                            exists(open, table)
                                    ? "it is not in the publication %s".formatted(publicationName)
                                    : "there is no such table"));
        }
        String absent = String.join("; ", reasons);
        return FerryException.retryable(
                absent
                        + ". A table of that name is added and read again within seconds, if the user has the privileges; otherwise its error says what to run",
                new IllegalStateException(absent));
    }

    private static boolean exists(Connection open, PostgresConfig.Table table) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
            statement.setString(1, table.name().sql());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    @Override
    public void close() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                // the session is gone either way
            }
        }
    }
}
