package io.vectorferry.producer.postgres.read;

import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.stores.postgres.Catalog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The vector indexes of a table and of its partitions, which show how the application searches it. */
public final class VectorIndexes {
    /** An index on an expression, such as {@code embedding::halfvec(3072)}, depends on the column that the expression names. */
    private static final String OPERATOR_CLASSES = """
            SELECT DISTINCT o.opcname FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = ?
            WHERE (i.indrelid = ? OR i.indrelid IN (SELECT relid FROM %s p))
              AND i.indisvalid AND o.opcname ~ '_(l2|cosine|ip)_ops$'
              AND (i.indkey[0] = a.attnum OR i.indkey[0] = 0 AND EXISTS (
                SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))""".formatted(Catalog.tree("?"));

    private VectorIndexes() {}

    /** Empty where no index tells it, or several tell different ones. */
    public static Optional<DistanceMetric> metric(Connection connection, TableShape table, TableShape.Column vector)
            throws SQLException {
        Set<DistanceMetric> metrics = metrics(connection, table, vector);
        return metrics.size() == 1 ? metrics.stream().findFirst() : Optional.empty();
    }

    public static Set<DistanceMetric> metrics(Connection connection, TableShape table, TableShape.Column vector)
            throws SQLException {
        Set<DistanceMetric> metrics = EnumSet.noneOf(DistanceMetric.class);
        try (PreparedStatement statement = connection.prepareStatement(OPERATOR_CLASSES)) {
            statement.setString(1, vector.name());
            statement.setLong(2, table.oid());
            statement.setLong(3, table.oid());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    metrics.add(metric(rows.getString(1)));
                }
            }
        }
        return metrics;
    }

    private static DistanceMetric metric(String operatorClass) {
        if (operatorClass.endsWith("_l2_ops")) {
            return DistanceMetric.L2;
        }
        return operatorClass.endsWith("_ip_ops") ? DistanceMetric.DOT : DistanceMetric.COSINE;
    }
}
