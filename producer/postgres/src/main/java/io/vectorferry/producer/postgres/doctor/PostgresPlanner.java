package io.vectorferry.producer.postgres.doctor;

import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.slot.Publication;
import io.vectorferry.producer.postgres.slot.ReplicationSlot;
import io.vectorferry.producer.postgres.snapshot.RowEstimate;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.spi.SourcePlan;
import io.vectorferry.producer.spi.SourcePlan.CollectionPlan;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Estimates what a run would read and make. */
public final class PostgresPlanner {
    /** 80 MB, without the vectors. */
    private static final long COUNTED_BLOCKS = 10_000;

    /** Time limit for all tables together. */
    private static final Duration COUNTING = Duration.ofSeconds(10);

    private final PostgresConfig config;

    public PostgresPlanner(PostgresConfig config) {
        this.config = config;
    }

    public SourcePlan plan(Connection connection) throws SQLException {
        List<String> creates = new ArrayList<>(new Publication(config).missing(connection));
        boolean slotMissing = new ReplicationSlot(config.connections(), config.slot())
                .state(connection)
                .isEmpty();
        if (slotMissing) {
            creates.add("SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(config.slot()));
        }
        List<CollectionPlan> collections = new ArrayList<>();
        RowEstimate estimate = RowEstimate.within(connection, COUNTED_BLOCKS, COUNTING);
        for (TableShape shape : new TableShapes(config).readAll(connection)) {
            collections.add(plan(estimate, shape));
        }
        return new SourcePlan(creates, collections);
    }

    private static CollectionPlan plan(RowEstimate estimate, TableShape shape) throws SQLException {
        Long rows = 0L;
        long bytes = 0;
        for (QualifiedName leaf : shape.leaves()) {
            RowEstimate.Size size = estimate.size(leaf);
            bytes += size.bytes();
            rows = rows == null || size.rows().isEmpty()
                    ? null
                    : rows + size.rows().getAsLong();
        }
        List<String> fields = shape.columns().stream()
                .filter(Column::isField)
                .map(Column::name)
                .toList();
        return new CollectionPlan(
                shape.collection(),
                rows,
                bytes,
                shape.vectors().stream()
                        .map(vector -> new SourcePlan.PlannedVector(vector.name(), vector.typeName()))
                        .toList(),
                fields);
    }
}
