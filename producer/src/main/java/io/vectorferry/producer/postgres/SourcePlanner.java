package io.vectorferry.producer.postgres;

import io.vectorferry.producer.SourcePlan;
import io.vectorferry.producer.SourcePlan.CollectionPlan;
import io.vectorferry.producer.postgres.access.Connections;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.producer.postgres.table.TableShapes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Estimates from the catalog what a run would read and make. */
final class SourcePlanner {
    private final PostgresConfig config;

    SourcePlanner(PostgresConfig config) {
        this.config = config;
    }

    SourcePlan plan(Connection connection) throws SQLException {
        List<String> creates = new ArrayList<>(new Publication(config).missing(connection));
        boolean slotMissing = new ReplicationSlot(new Connections(config), config.slot())
                .state(connection)
                .isEmpty();
        if (slotMissing) {
            creates.add("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(config.slot()));
        }
        List<CollectionPlan> collections = new ArrayList<>();
        for (TableShape shape : new TableShapes(config).readAll(connection)) {
            collections.add(plan(connection, shape));
        }
        return new SourcePlan(creates, collections);
    }

    private static CollectionPlan plan(Connection connection, TableShape shape) throws SQLException {
        long rows = 0;
        long bytes = 0;
        try (PreparedStatement statement = connection.prepareStatement("""
                SELECT greatest(reltuples, 0)::bigint, pg_table_size(oid) FROM pg_class WHERE oid = ?::regclass""")) {
            for (QualifiedName leaf : shape.leaves()) {
                statement.setString(1, leaf.sql());
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    rows += row.getLong(1);
                    bytes += row.getLong(2);
                }
            }
        }
        List<String> fields = shape.columns().stream()
                .filter(Column::isField)
                .map(Column::name)
                .toList();
        return new CollectionPlan(
                shape.collection(),
                rows,
                bytes,
                shape.vector().map(Column::name).orElse(""),
                shape.vector().map(Column::typeName).orElse("none"),
                fields);
    }
}
