package io.vectorferry.producer.postgres.read;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.producer.postgres.table.RowsByKey;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.spi.SourceRow;
import io.vectorferry.producer.spi.SourceSearch;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.nio.FloatBuffer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** {@code ORDER BY} a pgvector operator, with the server's own settings such as {@code hnsw.ef_search}. */
public final class TableSearch implements SourceSearch {
    private static final String OPERATORS = """
            SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE'), (
              SELECT a.atttypmod FROM pg_attribute a WHERE a.attrelid = ? AND a.attnum = ?) < 0
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            JOIN pg_depend d ON d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
            WHERE t.typname = ?""";

    private static final String ARRAY = "_float4";

    private final Connection connection;
    private final TableShape shape;
    private final TableShape.Column column;
    private final Operators operators;

    /**
     * The schema of pgvector, which may be on no search path.
     *
     * @param usable whether the user may name what is in the schema
     * @param undeclared whether the column declares no dimension, so that some vectors cannot be compared with the
     *     query
     */
    public record Operators(String schema, boolean usable, boolean undeclared) {
        public String refusal(String user) {
            return "a search (`ferry verify --top-k`) needs the operators of pgvector in the schema %s, which %s has no privilege to use; nothing else needs them"
                    .formatted(schema, user);
        }

        public String remedy(String user) {
            return "GRANT USAGE ON SCHEMA %s TO %s;"
                    .formatted(QualifiedName.quoted(schema), QualifiedName.quoted(user));
        }
    }

    /** @param connection which it closes */
    TableSearch(Connection connection, TableShape shape, TableShape.Column column, Operators operators) {
        this.connection = connection;
        this.shape = shape;
        this.column = column;
        this.operators = operators;
    }

    public static Operators operators(Connection connection, TableShape shape, TableShape.Column column)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(OPERATORS)) {
            statement.setLong(1, shape.oid());
            statement.setInt(2, column.number());
            statement.setString(3, column.typeName().equals(ARRAY) ? "vector" : column.typeName());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? new Operators(row.getString(1), row.getBoolean(2), row.getBoolean(3))
                        : new Operators("public", true, false);
            }
        }
    }

    @Override
    public List<SourceRow> nearest(Vector query, int k, DistanceMetric metric) {
        String name = QualifiedName.quoted(column.name());
        String schema = QualifiedName.quoted(operators.schema());
        String comparable = operators.undeclared()
                ? "WHERE %s = %d ".formatted(TableShapes.dimensionOf(column.typeName(), name), query.dimension())
                : "";
        String vector = column.typeName().equals(ARRAY) ? "%s::%s.vector".formatted(name, schema) : name;
        String clauses = "%sORDER BY %s OPERATOR(%s.%s) '%s' LIMIT %d"
                .formatted(comparable, vector, schema, operator(metric), literal(query), k);
        List<SourceRow> rows = new ArrayList<>();
        try {
            new RowsByKey(shape)
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
