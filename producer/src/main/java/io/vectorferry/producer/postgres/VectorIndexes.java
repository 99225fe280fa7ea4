package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.message.DistanceMetric;
import io.vectorferry.producer.postgres.table.TableShape;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The vector indexes of a table, which tell how the application searches it. */
final class VectorIndexes {
    private static final String OPERATOR_CLASSES = """
            SELECT o.opcname FROM pg_index i JOIN pg_opclass o ON o.oid = i.indclass[0]
            WHERE i.indrelid = ? AND i.indkey[0] = ? AND i.indisvalid AND o.opcname ~ '_(l2|cosine|ip)_ops$'""";

    private VectorIndexes() {}

    /** Empty where no index tells it, or several tell different ones. */
    static Optional<DistanceMetric> metric(Connection connection, TableShape table) throws SQLException {
        Set<DistanceMetric> metrics = EnumSet.noneOf(DistanceMetric.class);
        if (table.vector().isPresent()) {
            try (PreparedStatement statement = connection.prepareStatement(OPERATOR_CLASSES)) {
                statement.setLong(1, table.oid());
                statement.setInt(2, table.vector().get().number());
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        metrics.add(metric(rows.getString(1)));
                    }
                }
            }
        }
        return metrics.size() == 1 ? metrics.stream().findFirst() : Optional.empty();
    }

    private static DistanceMetric metric(String operatorClass) {
        if (operatorClass.endsWith("_l2_ops")) {
            return DistanceMetric.L2;
        }
        return operatorClass.endsWith("_ip_ops") ? DistanceMetric.DOT : DistanceMetric.COSINE;
    }
}
