package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.Nearest;
import io.vectorferry.producer.postgres.access.PostgresConfig;
import io.vectorferry.producer.postgres.access.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a pipeline's tables from the catalog, with the dimension of untyped vector columns taken from their rows. */
public final class TableShapes {
    private final PostgresConfig config;

    public TableShapes(PostgresConfig config) {
        this.config = config;
    }

    /** All of them, or the first thing that keeps one from being replicated. */
    public List<TableShape> readAll(Connection connection) throws SQLException {
        List<TableShape> shapes = new ArrayList<>();
        for (PostgresConfig.Table table : config.tables()) {
            ShapeResolver.Resolution resolution = resolve(connection, table);
            shapes.add(resolution.shape().orElseThrow(() -> refused(resolution.findings())));
        }
        return shapes;
    }

    public TableShape read(Connection connection, String collection) throws SQLException {
        PostgresConfig.Table table = config.table(collection);
        ShapeResolver.Resolution resolution = resolve(connection, table);
        return resolution.shape().orElseThrow(() -> refused(resolution.findings()));
    }

    public ShapeResolver.Resolution resolve(Connection connection, PostgresConfig.Table table) throws SQLException {
        Catalog catalog = new Catalog(connection);
        Optional<CatalogTable> found = catalog.table(table.name());
        if (found.isEmpty()) {
            String hint = Nearest.hint(table.collection(), catalog.tableNames());
            return new ShapeResolver.Resolution(
                    Optional.empty(),
                    List.of(Finding.error(
                            "table",
                            "there is no table %s%s".formatted(table.collection(), hint),
                            "Write the name as the catalog has it, without SQL quotes.")));
        }
        return ShapeResolver.resolve(table, found.get(), sampledDimension(connection, table, found.get()));
    }

    private static int sampledDimension(Connection connection, PostgresConfig.Table table, CatalogTable found)
            throws SQLException {
        Optional<CatalogTable.CatalogColumn> column = table.vector().flatMap(found::column);
        if (column.isEmpty() || column.get().typmod() > 0 || table.dimension() > 0) {
            return 0;
        }
        String name = QualifiedName.quoted(column.get().name());
        String expression =
                switch (column.get().typeName()) {
                    case "vector", "halfvec" -> "vector_dims(%s)".formatted(name);
                    case "sparsevec" -> "split_part(%s::text, '/', 2)::int".formatted(name);
                    case "bit", "varbit" -> "length(%s)".formatted(name);
                    case "_float4" -> "cardinality(%s)".formatted(name);
                    default -> "0";
                };
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT %s FROM %s WHERE %s IS NOT NULL LIMIT 1"
                        .formatted(expression, table.name().sql(), name))) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private static FerryException refused(List<Finding> findings) {
        Finding first = findings.stream()
                .filter(finding -> finding.level() == Finding.Level.ERROR)
                .findFirst()
                .orElseThrow();
        return FerryException.misconfigured(first.message(), first.remedy());
    }
}
