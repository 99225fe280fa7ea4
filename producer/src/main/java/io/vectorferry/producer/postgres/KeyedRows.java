package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.producer.postgres.RowDecoder.KeyedRow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/** Rows of a table by their keys, by one binary COPY, so that they are exactly what the snapshot would read. */
public final class KeyedRows {
    private final TableShape shape;

    public KeyedRows(TableShape shape) {
        this.shape = shape;
    }

    /** Keys that no row has are left out. */
    public Map<SourceKey, Row> read(Connection connection, Collection<SourceKey> keys) throws SQLException {
        RowDecoder decoder = new RowDecoder(shape);
        String columns = shape.key().stream()
                .map(column -> QualifiedName.quoted(column.name()))
                .collect(Collectors.joining(", "));
        String wanted = keys.stream().distinct().map(this::literals).collect(Collectors.joining(", "));
        String sql = "COPY (SELECT %s FROM %s WHERE (%s) IN (%s)) TO STDOUT (FORMAT binary)"
                .formatted(decoder.selectList(), shape.name().sql(), columns, wanted);
        Map<SourceKey, Row> rows = new HashMap<>();
        try {
            BinaryRows tuples = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            int fields = shape.columns().size();
            for (ByteBuffer tuple = tuples.next(fields); tuple != null; tuple = tuples.next(fields)) {
                KeyedRow row = decoder.decode(tuple);
                if (row.problem() == null) {
                    rows.put(row.key(), row.row());
                }
            }
            return rows;
        } catch (IOException e) {
            throw FerryException.retryable("rows of %s could not be read".formatted(shape.collection()), e);
        }
    }

    private String literals(SourceKey key) {
        StringBuilder literals = new StringBuilder("(");
        for (int i = 0; i < key.parts().size(); i++) {
            literals.append(i == 0 ? "" : ", ")
                    .append(SqlLiteral.of(
                            shape.key().get(i).type().fieldType(), key.parts().get(i)));
        }
        return literals.append(')').toString();
    }
}
