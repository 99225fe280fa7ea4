package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.stores.postgres.BinaryRows;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.SqlLiteral;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/** Rows of a table by their keys, by one binary COPY, so that they are exactly what the snapshot would read. */
public final class RowsByKey {
    /** The class of its states. */
    private static final String DATA_EXCEPTION = "22";

    private final TableShape shape;

    public RowsByKey(TableShape shape) {
        this.shape = shape;
    }

    /** Keys that no row has are left out, and so are rows that cannot be read exactly. */
    public Map<SourceKey, Row> read(Connection connection, Collection<SourceKey> keys) throws SQLException {
        Map<SourceKey, Row> rows = new HashMap<>();
        read(connection, keys, row -> {
            if (row.problem() == null) {
                rows.put(row.key(), row.row());
            }
        });
        return rows;
    }

    /** Keys that no row can have are left out too. For a connection outside of any transaction. */
    public List<SourceRow> find(Connection connection, Collection<SourceKey> keys) throws SQLException {
        List<SourceKey> possible = keys.stream().filter(this::isPossible).toList();
        List<SourceRow> rows = new ArrayList<>();
        if (possible.isEmpty()) {
            return rows;
        }
        try {
            read(connection, possible, row -> rows.add(new SourceRow(row.key(), row.row(), row.problem())));
        } catch (SQLException e) {
            if (!String.valueOf(e.getSQLState()).startsWith(DATA_EXCEPTION)) {
                throw e;
            }
            if (possible.size() == 1) {
                return List.of(); // a text that is no value of the key's type, such as inet
            }
            rows.clear();
            for (SourceKey key : possible) {
                rows.addAll(find(connection, List.of(key)));
            }
        }
        return rows;
    }

    private void read(Connection connection, Collection<SourceKey> keys, Consumer<RowDecoder.KeyedRow> rows)
            throws SQLException {
        String wanted = keys.stream().distinct().map(this::literals).collect(Collectors.joining(", "));
        copy(connection, "WHERE (%s) IN (%s)".formatted(keyColumns(), wanted), rows);
    }

    /**
     * The rows behind a key, in the order in which the server has keys.
     *
     * @param after null: from the first one
     */
    public void page(Connection connection, @Nullable SourceKey after, int limit, Consumer<RowDecoder.KeyedRow> rows)
            throws SQLException {
        String behind = after == null ? "" : "WHERE (%s) > %s ".formatted(keyColumns(), literals(after));
        copy(connection, "%sORDER BY %s LIMIT %d".formatted(behind, keyColumns(), limit), rows);
    }

    private String keyColumns() {
        return shape.key().stream()
                .map(column -> QualifiedName.quoted(column.name()))
                .collect(Collectors.joining(", "));
    }

    /** @param which the clauses after {@code FROM} the table */
    public void copy(Connection connection, String which, Consumer<RowDecoder.KeyedRow> rows) throws SQLException {
        RowDecoder decoder = new RowDecoder(shape);
        // Rows of tables that inherit from it belong to those.
        String only = shape.leaves().equals(List.of(shape.name())) ? "ONLY " : "";
        String sql = "COPY (SELECT %s FROM %s%s %s) TO STDOUT (FORMAT binary)"
                .formatted(decoder.selectList(), only, shape.name().sql(), which);
        try {
            BinaryRows tuples = new BinaryRows(
                    connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql));
            int fields = shape.columns().size();
            for (ByteBuffer tuple = tuples.next(fields); tuple != null; tuple = tuples.next(fields)) {
                rows.accept(decoder.decode(tuple));
            }
        } catch (IOException e) {
            throw FerryException.retryable("rows of %s could not be read".formatted(shape.collection()), e);
        }
    }

    private String literals(SourceKey key) {
        StringBuilder literals = new StringBuilder("(");
        for (int i = 0; i < key.parts().size(); i++) {
            literals.append(i == 0 ? "" : ", ")
                    .append(literal(shape.key().get(i), key.parts().get(i)));
        }
        return literals.append(')').toString();
    }

    /**
     * Returns a literal with the column's type: for some types, such as a composite one, the comparison does not
     * determine it.
     */
    private static String literal(TableShape.Column column, Value value) {
        return SqlLiteral.of(column.type().fieldType(), value) + "::" + column.sqlType();
    }

    private boolean isPossible(SourceKey key) {
        List<TableShape.Column> columns = shape.key();
        return key.parts().size() == columns.size()
                && IntStream.range(0, columns.size())
                        .allMatch(i -> SqlLiteral.isReadable(
                                columns.get(i).type().fieldType(), key.parts().get(i)));
    }
}
