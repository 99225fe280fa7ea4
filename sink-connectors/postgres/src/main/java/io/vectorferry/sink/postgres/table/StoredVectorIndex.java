package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.row.DistanceMetric;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/**
 * A vector index of a column, also one that the application made.
 *
 * @param type the access method
 * @param valid false after a build that did not end
 */
public record StoredVectorIndex(String name, String type, String operatorClass, boolean valid) {
    private static final String FIND = """
            SELECT c.relname, m.amname, o.opcname, i.indisvalid FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam
            JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0]
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attname = ?
            WHERE i.indrelid = ? AND m.amname IN ('hnsw', 'ivfflat') AND i.indkey[0] = a.attnum AND i.indpred IS NULL
            ORDER BY i.indisvalid DESC, c.oid LIMIT 1""";

    /** A valid one, if there are several. */
    public static Optional<StoredVectorIndex> find(Connection connection, TargetTable table, String column)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setString(1, column);
            statement.setLong(2, table.oid());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new StoredVectorIndex(
                                row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4)))
                        : Optional.empty();
            }
        }
    }

    /** Empty where it is none of ours. */
    public Optional<DistanceMetric> metric() {
        return VectorOperators.metric(operatorClass);
    }
}
