package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.BarrierIssuer;
import io.vectorferry.contracts.message.Barrier;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.capture.BarrierMessage;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Writes barriers as transactional logical messages, which stand in the log in commit order with the rows. For one thread. */
final class PostgresBarriers implements BarrierIssuer {
    private final Connections connections;
    private final String prefix;
    private @Nullable Connection connection;

    PostgresBarriers(Connections connections, String pipeline) {
        this.connections = connections;
        this.prefix = BarrierMessage.prefix(pipeline);
    }

    @Override
    public void issue(Barrier barrier) {
        Connection open = connection;
        if (open == null) {
            open = connections.writable();
            connection = open;
        }
        try (PreparedStatement statement = open.prepareStatement("SELECT pg_logical_emit_message(true, ?, ?)")) {
            statement.setString(1, prefix);
            statement.setBytes(2, BarrierMessage.format(barrier).getBytes(StandardCharsets.UTF_8));
            statement.execute();
        } catch (SQLException e) {
            close();
            throw FerryException.retryable(
                    "the barrier could not be written to the source: " + Connections.firstLine(e), e);
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
