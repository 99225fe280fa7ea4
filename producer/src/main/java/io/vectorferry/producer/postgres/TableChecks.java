package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.Finding;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import io.vectorferry.producer.postgres.table.ColumnType;
import io.vectorferry.producer.postgres.table.ShapeResolver;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.producer.postgres.table.TableShape.ReplicaIdentity;
import io.vectorferry.producer.postgres.table.TableShapes;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** One table: its shape, the right to read it, and a bounded look at its vectors. */
final class TableChecks {
    /** Rows that are looked at; enough to find what is usual, little enough for a busy server. */
    private static final int SAMPLE_ROWS = 10_000;

    private static final double UNIT_TOLERANCE = 1e-3;
    private static final long MAX_EXACT_DOUBLE = 1L << 53;

    private final PostgresConfig config;
    private final PostgresConfig.Table table;
    private final List<Finding> findings = new ArrayList<>();

    TableChecks(PostgresConfig config, PostgresConfig.Table table) {
        this.config = config;
        this.table = table;
    }

    List<Finding> findings(Connection connection) throws SQLException {
        ShapeResolver.Resolution resolution = new TableShapes(config).resolve(connection, table);
        findings.addAll(resolution.findings());
        if (resolution.shape().isPresent() && checkReadable(connection)) {
            TableShape shape = resolution.shape().get();
            findings.add(Finding.ok(
                    "table",
                    "%s: key %s, %d columns"
                            .formatted(
                                    shape.collection(),
                                    String.join(
                                            ", ",
                                            shape.key().stream()
                                                    .map(Column::name)
                                                    .toList()),
                                    shape.columns().size())));
            checkReplicaIdentity(shape);
            checkIds(connection, shape);
            checkVectors(connection, shape);
        }
        return List.copyOf(findings);
    }

    private boolean checkReadable(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT has_table_privilege(?::regclass, 'SELECT')")) {
            statement.setString(1, table.name().sql());
            try (ResultSet row = statement.executeQuery()) {
                if (row.next() && row.getBoolean(1)) {
                    return true;
                }
            }
        }
        findings.add(Finding.error(
                "select",
                "%s may not be read by %s"
                        .formatted(table.collection(), config.server().user()),
                "GRANT SELECT ON %s TO %s;"
                        .formatted(
                                table.name().sql(),
                                QualifiedName.quoted(config.server().user()))));
        return false;
    }

    private void checkReplicaIdentity(TableShape shape) {
        List<String> toastable = shape.columns().stream()
                .filter(column -> column.toastable() && !column.isKey())
                .map(Column::name)
                .toList();
        if (shape.replicaIdentity() != ReplicaIdentity.FULL && !toastable.isEmpty()) {
            findings.add(Finding.warning(
                    "replica_identity",
                    "%s: an update that leaves %s alone does not log it; it is read again from the table"
                            .formatted(shape.collection(), String.join(", ", toastable)),
                    "nothing has to be done; ALTER TABLE %s REPLICA IDENTITY FULL; saves the reads and costs 4 times the WAL"
                            .formatted(table.name().sql())));
        }
    }

    /** Nothing here loses them; what reads the target may. */
    private void checkIds(Connection connection, TableShape shape) throws SQLException {
        List<Column> key = shape.key();
        if (key.size() != 1 || !key.getFirst().typeName().equals("int8")) {
            return;
        }
        String sql = "SELECT max(%1$s), min(%1$s) FROM %2$s"
                .formatted(
                        QualifiedName.quoted(key.getFirst().name()),
                        table.name().sql());
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            if (row.getLong(1) > MAX_EXACT_DOUBLE || row.getLong(2) < -MAX_EXACT_DOUBLE) {
                findings.add(
                        Finding.warning(
                                "ids",
                                "%s: ids beyond 2^53, which a client that reads them as doubles rounds (JavaScript, most JSON tools)"
                                        .formatted(shape.collection()),
                                "nothing has to be done for int64 clients; ids: allocate gives small numbers, ids: uuid5 texts"));
            }
        }
    }

    private void checkVectors(Connection connection, TableShape shape) throws SQLException {
        if (shape.vector().isEmpty()) {
            return;
        }
        Column column = shape.vector().get();
        if (column.type() instanceof ColumnType.OfVector(var element, int dimension)) {
            findings.add(
                    dimension > 0
                            ? Finding.ok(
                                    "vector",
                                    "%s.%s: %s of %d dimensions"
                                            .formatted(shape.collection(), column.name(), column.typeName(), dimension))
                            : Finding.warning(
                                    "vector",
                                    "%s.%s declares no dimension and no row has one"
                                            .formatted(shape.collection(), column.name()),
                                    "source.postgres.tables: dimension: 768"));
        }
        sampleNulls(connection, shape, column);
        if (column.typeName().equals("vector")) {
            sampleNorms(connection, column);
        }
        if (column.typeName().startsWith("_")) {
            sampleNotFinite(connection, column);
        }
    }

    private void sampleNulls(Connection connection, TableShape shape, Column column) throws SQLException {
        String sql = "SELECT count(*) FROM (SELECT %1$s AS v FROM %2$s LIMIT %3$d) s WHERE v IS NULL"
                .formatted(QualifiedName.quoted(column.name()), table.name().sql(), SAMPLE_ROWS);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            if (row.getLong(1) > 0) {
                findings.add(Finding.warning(
                        "null_vectors",
                        "%s: %d of the first %d rows have no vector"
                                .formatted(shape.collection(), row.getLong(1), SAMPLE_ROWS),
                        "nullVectors: keep | skip | dead-letter"));
            }
        }
    }

    /** pgvector's own types refuse such elements; an array takes them. */
    private void sampleNotFinite(Connection connection, Column column) throws SQLException {
        String sql =
                """
                SELECT count(*) FROM (SELECT %s AS v FROM %s LIMIT %d) s
                WHERE 'NaN' = ANY(v) OR 'Infinity' = ANY(v) OR '-Infinity' = ANY(v)
                   OR array_position(v, NULL) IS NOT NULL""".formatted(QualifiedName.quoted(column.name()), table.name().sql(), SAMPLE_ROWS);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            if (row.getLong(1) > 0) {
                findings.add(Finding.warning(
                        "not_finite",
                        "%s: %d of the first %d rows have NaN, infinity or NULL inside %s; they become dead letters"
                                .formatted(table.collection(), row.getLong(1), SAMPLE_ROWS, column.name()),
                        "UPDATE them, or leave them out with a filter"));
            }
        }
    }

    private void sampleNorms(Connection connection, Column column) throws SQLException {
        String sql = """
                SELECT count(*) FILTER (WHERE n = 0), count(*) FILTER (WHERE abs(n - 1) > %s), count(*), count(DISTINCT d)
                FROM (SELECT vector_norm(%s) AS n, vector_dims(%2$s) AS d FROM %s WHERE %2$s IS NOT NULL LIMIT %d) s""".formatted(
                        UNIT_TOLERANCE,
                        QualifiedName.quoted(column.name()),
                        table.name().sql(),
                        SAMPLE_ROWS);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            if (row.getLong(1) > 0) {
                findings.add(Finding.warning(
                        "zero_vectors",
                        "%s: %d zero vectors, which have no cosine".formatted(table.collection(), row.getLong(1)),
                        "UPDATE them, or leave them out with a filter"));
            }
            if (row.getLong(2) > 0) {
                findings.add(Finding.warning(
                        "unnormalised",
                        "%s: %d of %d sampled vectors are not of length 1; inner product and cosine rank them differently"
                                .formatted(table.collection(), row.getLong(2), row.getLong(3)),
                        "transform: [{normalize: l2}], if the target's metric is inner product"));
            }
            if (row.getLong(4) > 1) {
                findings.add(Finding.warning(
                        "dimension",
                        "%s: vectors of %d dimensions are mixed; those of another than the first become dead letters"
                                .formatted(table.collection(), row.getLong(4)),
                        "ALTER TABLE %s ALTER COLUMN %s TYPE vector(n);"
                                .formatted(table.name().sql(), QualifiedName.quoted(column.name()))));
            }
        }
    }
}
