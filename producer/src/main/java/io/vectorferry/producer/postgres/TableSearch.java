package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.contracts.message.Vector;
import io.vectorferry.producer.SourceRow;
import io.vectorferry.producer.SourceSearch;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.QualifiedName;
import io.vectorferry.producer.postgres.table.KeyedRows;
import io.vectorferry.producer.postgres.table.TableShape;
import java.nio.FloatBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** {@code ORDER BY} a pgvector operator, with the server's own settings such as {@code hnsw.ef_search}. */
final class TableSearch implements SourceSearch {
    private static final String EXTENSION_SCHEMA =
            "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'";

    private final Connection connection;
    private final TableShape shape;
    private final String schema;

    /**
     * @param connection which it closes
     * @param schema of the operators
     */
    TableSearch(Connection connection, TableShape shape, String schema) {
        this.connection = connection;
        this.shape = shape;
        this.schema = schema;
    }

    /** The extension may be installed in a schema that is not on the search path. */
    static String operatorSchema(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(EXTENSION_SCHEMA)) {
            return rows.next() ? rows.getString(1) : "public";
        }
    }

    @Override
    public List<SourceRow> nearest(Vector query, int k, DistanceMetric metric) {
        String column = QualifiedName.quoted(shape.vector().orElseThrow().name());
        String clauses = "ORDER BY %s OPERATOR(%s.%s) '%s' LIMIT %d"
                .formatted(column, QualifiedName.quoted(schema), operator(metric), literal(query), k);
        List<SourceRow> rows = new ArrayList<>();
        try {
            new KeyedRows(shape)
                    .copy(connection, clauses, row -> rows.add(new SourceRow(row.key(), row.row(), row.problem())));
        } catch (SQLException e) {
            throw FerryException.retryable(
                    "%s could not be searched: %s".formatted(shape.collection(), Connections.firstLine(e)), e);
        }
        return rows;
    }

    private static String operator(DistanceMetric metric) {
        return switch (metric) {
            case L2 -> "<->";
            case COSINE -> "<=>";
            case DOT -> "<#>";
        };
    }

    private static String literal(Vector query) {
        FloatBuffer floats = query.buffer().asFloatBuffer();
        StringJoiner literal = new StringJoiner(",", "[", "]");
        while (floats.hasRemaining()) {
            literal.add(Float.toString(floats.get()));
        }
        return literal.toString();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw FerryException.retryable("a connection could not be closed: " + Connections.firstLine(e), e);
        }
    }
}
