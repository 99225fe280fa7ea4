package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.producer.SourceRow;
import io.vectorferry.producer.postgres.RowDecoder.KeyedRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.postgresql.PGConnection;

/** Reads a table from end to end in one transaction, past every topic: all its partitions as of one moment. For one thread. */
final class WholeTable {
    private final RowDecoder decoder;

    WholeTable(TableShape shape) {
        this.decoder = new RowDecoder(shape);
    }

    void read(Connection connection, Consumer<SourceRow> rows) throws SQLException {
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        for (QualifiedName leaf : decoder.shape().leaves()) {
            read(connection, leaf, rows);
        }
        connection.rollback();
    }

    private void read(Connection connection, QualifiedName leaf, Consumer<SourceRow> rows) throws SQLException {
        String sql =
                "COPY (SELECT %s FROM ONLY %s) TO STDOUT (FORMAT binary)".formatted(decoder.selectList(), leaf.sql());
        int columns = decoder.shape().columns().size();
        try {
            BinaryRows tuples = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            for (ByteBuffer tuple = tuples.next(columns); tuple != null; tuple = tuples.next(columns)) {
                KeyedRow row = decoder.decode(tuple);
                rows.accept(new SourceRow(row.key(), row.row(), row.problem()));
            }
        } catch (IOException e) {
            throw FerryException.retryable("reading %s broke off".formatted(leaf.collection()), e);
        }
    }
}
