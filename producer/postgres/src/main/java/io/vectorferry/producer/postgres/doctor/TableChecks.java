package io.vectorferry.producer.postgres.doctor;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.read.TableSearch;
import io.vectorferry.producer.postgres.read.VectorIndexes;
import io.vectorferry.producer.postgres.table.ShapeResolver;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.producer.postgres.table.TableShape.ReplicaIdentity;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.producer.postgres.table.VectorSample;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** One table: its shape, the right to read it, and a bounded look at its vectors. */
public final class TableChecks {
    private static final long MAX_EXACT_DOUBLE = 1L << 53;

    private final PostgresConfig config;
    private final PostgresConfig.Table table;
    private final FindingList findings = new FindingList();

    TableChecks(PostgresConfig config, PostgresConfig.Table table) {
        this.config = config;
        this.table = table;
    }

    public List<Finding> findings(Connection connection) {
        findings.check("table", () -> check(connection));
        return findings.all();
    }

    private void check(Connection connection) throws SQLException {
        ShapeResolver.Resolution resolution = new TableShapes(config).resolve(connection, table);
        resolution.findings().forEach(findings::add);
        if (resolution.shape().isEmpty()) {
            return;
        }
        TableShape shape = resolution.shape().get();
        String key = shape.key().stream().map(Column::name).collect(Collectors.joining(", "));
        findings.add(Finding.ok(
                "table",
                "%s: key %s, %d columns"
                        .formatted(shape.collection(), key, shape.columns().size())));
        checkReplicaIdentity(shape);
        findings.check("ids", () -> checkIds(connection, shape));
        for (Column vector : shape.vectors()) {
            findings.check("vector", () -> checkVectors(connection, shape, vector));
            findings.check("vector_schema", () -> checkOperators(connection, shape, vector));
            findings.check("vector_index", () -> checkIndexes(connection, shape, vector));
        }
    }

    private void checkReplicaIdentity(TableShape shape) {
        List<String> toastable = shape.columns().stream()
                .filter(column -> column.toastable() && !column.isKey())
                .map(Column::name)
                .toList();
        if (shape.replicaIdentity() != ReplicaIdentity.FULL && !toastable.isEmpty()) {
            findings.add(Finding.warning(
                    "replica_identity",
                    "%s: updates that do not change %s do not log it; it is read again from the table"
                            .formatted(shape.collection(), String.join(", ", toastable)),
                    "nothing needs to be done"));
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
                                "nothing needs to be done for int64 clients; ids: allocate assigns small numbers, ids: uuid5 text"));
            }
        }
    }

    private void checkVectors(Connection connection, TableShape shape, Column column) throws SQLException {
        VectorSample sample = VectorSample.read(connection, shape, column);
        if (column.type() instanceof ColumnType.OfVector(var element, int dimension)) {
            checkDimension(column, dimension, sample.dimensions());
        }
        String name = named(shape, column);
        if (sample.nulls() > 0) {
            findings.add(Finding.warning(
                    "null_vectors",
                    "%s: %d of the first %d rows have no vector".formatted(name, sample.nulls(), sample.rows()),
                    "nullVectors: keep | skip | dead-letter"));
        }
        if (sample.unusable() > 0) {
            findings.add(Finding.warning(
                    "not_finite",
                    "%s: %d of the first %d rows have NaN, infinity or NULL inside %s; they become dead letters"
                            .formatted(table.collection(), sample.unusable(), sample.rows(), column.name()),
                    "UPDATE them, or exclude them with a filter"));
        }
        if (sample.zero() > 0) {
            findings.add(Finding.warning(
                    "zero_vectors",
                    "%s: %d zero vectors, for which cosine distance is undefined".formatted(name, sample.zero()),
                    "UPDATE them, or exclude them with a filter"));
        }
        if (sample.notUnit() > 0) {
            findings.add(Finding.warning(
                    "unnormalised",
                    "%s: %d of %d sampled vectors are not of length 1; inner product and cosine rank them differently"
                            .formatted(name, sample.notUnit(), sample.rows() - sample.nulls()),
                    "transform: [{normalize: l2}], if the target's metric is inner product"));
        }
    }

    private void checkDimension(Column column, int dimension, SortedMap<Integer, Long> found) {
        String name = "%s.%s".formatted(table.collection(), column.name());
        if (dimension > 0) {
            findings.add(Finding.ok("vector", "%s: %s of %d dimensions".formatted(name, column.typeName(), dimension)));
        } else if (found.isEmpty()) {
            findings.add(Finding.warning(
                    "vector",
                    "%s declares no dimension, and no row has a vector".formatted(name),
                    config.address().section() + ".tables: dimension: 768"));
        } else if (found.size() == 1) {
            findings.add(Finding.ok(
                    "vector",
                    "%s: %s; its rows have %d dimensions".formatted(name, column.typeName(), found.firstKey())));
        }
        if (found.size() > 1 || (dimension > 0 && !found.isEmpty() && found.firstKey() != dimension)) {
            findings.add(mixed(name, table.dimension(column.name()), found));
        }
    }

    /** The sample is of rows that a filter may leave out: which ones it keeps is not known here. */
    private Finding mixed(String name, int configured, SortedMap<Integer, Long> found) {
        String counts = found.entrySet().stream()
                .map(one -> "%,d rows of %d".formatted(one.getValue(), one.getKey()))
                .collect(Collectors.joining(", "));
        String others = configured > 0
                ? "those of another than %d".formatted(configured)
                : config.filtered()
                        ? "those of another than the first that the filter keeps"
                        : "those of another than the first";
        return Finding.warning(
                "dimension",
                "%s: vectors of several dimensions (%s): %s become dead letters%s"
                        .formatted(name, counts, others, config.filtered() ? ", unless the filter excludes them" : ""),
                configured > 0
                        ? "transform: [{filter: …}] that keeps the rows of %d dimensions only".formatted(configured)
                        : config.address().section()
                                + ".tables: dimension: n, that of the rows for the target, and transform: [{filter: …}] to exclude the others");
    }

    /** Returns the table, or the vector where the table has several. */
    private static String named(TableShape shape, Column vector) {
        return shape.vectors().size() > 1 ? shape.collection() + "." + vector.name() : shape.collection();
    }

    /** They give the targets their metric. */
    private void checkIndexes(Connection connection, TableShape shape, Column vector) throws SQLException {
        Set<DistanceMetric> metrics = VectorIndexes.metrics(connection, shape, vector);
        String name = named(shape, vector);
        Optional<Column> first = shape.vector().filter(other -> !other.equals(vector));
        Set<DistanceMetric> ofFirst =
                first.isPresent() ? VectorIndexes.metrics(connection, shape, first.get()) : metrics;
        if (metrics.size() == 1 && ofFirst.size() == 1 && !ofFirst.equals(metrics)) {
            findings.add(Finding.warning(
                    "vector_index",
                    "%s is searched by %s, but the targets build each index for the metric of the first vector, %s"
                            .formatted(
                                    name,
                                    metrics.iterator().next().label(),
                                    ofFirst.iterator().next().label()),
                    "Give that vector a target of its own, with `vector: %s` and `index: {metric: %s}`."
                            .formatted(vector.name(), metrics.iterator().next().label())));
        } else if (metrics.size() == 1) {
            findings.add(Finding.ok(
                    "vector_index",
                    "%s is searched by %s, according to its index"
                            .formatted(name, metrics.iterator().next().label())));
        } else if (metrics.size() > 1) {
            findings.add(Finding.warning(
                    "vector_index",
                    "%s has vector indexes for %s: none of them determines the metric of the targets"
                            .formatted(
                                    name,
                                    metrics.stream().map(DistanceMetric::label).collect(Collectors.joining(" and "))),
                    "Set in each target the metric that its searches use: `index: {metric: cosine}`."));
        }
    }

    /** Only a search needs their names; rows are read without any. */
    private void checkOperators(Connection connection, TableShape shape, Column vector) throws SQLException {
        TableSearch.Operators operators = TableSearch.operators(connection, shape, vector);
        if (!operators.usable()) {
            findings.add(Finding.warning(
                    "vector_schema",
                    operators.refusal(config.address().user()),
                    operators.remedy(config.address().user())));
        }
    }
}
