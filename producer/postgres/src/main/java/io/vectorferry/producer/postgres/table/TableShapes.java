package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.DidYouMean;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.stores.postgres.Catalog;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
            shapes.add(read(connection, table));
        }
        return shapes;
    }

    public TableShape read(Connection connection, String collection) throws SQLException {
        return read(connection, config.table(collection));
    }

    private TableShape read(Connection connection, PostgresConfig.Table table) throws SQLException {
        ShapeResolver.Resolution resolution = resolve(connection, table);
        Finding.refuseErrors(resolution.findings());
        return resolution.shape().orElseThrow();
    }

    public ShapeResolver.Resolution resolve(Connection connection, PostgresConfig.Table table) throws SQLException {
        Catalog catalog = new Catalog(connection);
        Optional<Catalog.Table> found = catalog.table(table.name());
        if (found.isEmpty()) {
            String hint = DidYouMean.hint(table.collection(), catalog.tableNames());
            return new ShapeResolver.Resolution(
                    Optional.empty(),
                    List.of(Finding.error(
                            "table",
                            "there is no table %s%s".formatted(table.collection(), hint),
                            "Write the name in the pipeline file as in the catalog, without SQL quotes. If the table was dropped or renamed, recreate it or remove it from %s.tables (its rows stay in the target). Then start again"
                                    .formatted(config.address().section()))));
        }
        List<Finding> ofParts = TableParts.problems(connection, config.address().user(), List.of(table));
        return ShapeResolver.resolve(
                config.address().section(),
                table,
                found.get(),
                ofParts.isEmpty() ? sampledDimensions(connection, table, found.get()) : Map.of(),
                ofParts);
    }

    private Map<String, Integer> sampledDimensions(
            Connection connection, PostgresConfig.Table table, Catalog.Table found) throws SQLException {
        Map<String, Integer> sampled = new HashMap<>();
        for (String vector : table.vectors()) {
            Optional<Catalog.Table.CatalogColumn> column = found.column(vector);
            if (column.isPresent()
                    && column.get().typmod() <= 0
                    && table.dimension(vector) == 0
                    && !config.filtered()) {
                sampled.put(vector, sampledDimension(connection, table, column.get()));
            }
        }
        return sampled;
    }

    /**
     * Returns the dimension of a sampled row. With a filter it is unknown here: the first row that the filter keeps
     * determines it.
     */
    private static int sampledDimension(
            Connection connection, PostgresConfig.Table table, Catalog.Table.CatalogColumn column) throws SQLException {
        String name = QualifiedName.quoted(column.name());
        String expression = dimensionOf(column.typeName(), name);
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT %s FROM %s WHERE %s IS NOT NULL LIMIT 1"
                        .formatted(expression, table.name().sql(), name))) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    /** An SQL expression of the dimension of one vector: by casts, since a function's schema need not be usable. */
    public static String dimensionOf(String typeName, String column) {
        return switch (typeName) {
            case "vector", "halfvec" -> "cardinality(%s::real[])".formatted(column);
            case "sparsevec" -> "split_part(%s::text, '/', 2)::int".formatted(column);
            case "bit", "varbit" -> "length(%s)".formatted(column);
            case "_float4" -> "cardinality(%s)".formatted(column);
            default -> "0";
        };
    }
}
