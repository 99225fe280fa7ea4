package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a table for a schema, or makes an existing one fit: a table that ferry made gets the columns and types that it
 * lacks, and a table of the application is left as it is and refused if it does not fit, with the SQL that changes it.
 */
public final class TableDefinition {
    private static final Logger LOG = LoggerFactory.getLogger(TableDefinition.class);

    private final Connection connection;
    private final QualifiedName name;
    private final TargetSchema schema;

    public TableDefinition(Connection connection, QualifiedName name, TargetSchema schema) {
        this.connection = connection;
        this.name = name;
        this.schema = schema;
    }

    public TargetTable create() throws SQLException {
        TypeNames types = extension();
        StringJoiner columns = new StringJoiner(", ", "(", ")");
        columns.add(
                "%s %s PRIMARY KEY".formatted(QualifiedName.quoted(ColumnRules.ID), TypeNames.ofId(schema.idKind())));
        for (VectorShape shape : schema.vectors()) {
            columns.add(QualifiedName.quoted(shape.name()) + " " + types.of(shape));
        }
        for (Map.Entry<String, FieldType> field : schema.fields().entrySet()) {
            if (!field.getKey().equals(ColumnRules.ID)
                    && ColumnRules.problem(field.getKey()).isEmpty()
                    && !isVector(field.getKey())) {
                columns.add(QualifiedName.quoted(field.getKey()) + " " + TypeNames.of(field.getValue()));
            }
        }
        if (!schemaExists()) {
            execute("CREATE SCHEMA " + QualifiedName.quoted(name.schema()));
        }
        execute("CREATE TABLE %s %s".formatted(name.sql(), columns));
        LOG.info("created table {}", name.collection());
        return TargetTable.find(connection, name).orElseThrow();
    }

    private boolean isVector(String column) {
        return schema.vector(column).isPresent();
    }

    private TypeNames extension() throws SQLException {
        Optional<TypeNames> found = TypeNames.find(connection);
        if (found.isPresent()) {
            return found.get();
        }
        execute("CREATE EXTENSION vector");
        return TypeNames.find(connection).orElseThrow();
    }

    private boolean schemaExists() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?")) {
            statement.setString(1, name.schema());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** @param made whether ferry made the table */
    public TargetTable fitted(TargetTable table, boolean made) throws SQLException {
        if (table.key().kind() != schema.idKind()) {
            throw refused(
                    "its key holds no ids of kind " + schema.idKind(), "Set another `table` in the target, or `ids`.");
        }
        List<String> changes = new ArrayList<>();
        TypeNames types = extension();
        for (VectorShape shape : schema.vectors()) {
            change(table, shape, types).ifPresent(changes::add);
        }
        for (Map.Entry<String, FieldType> field : schema.fields().entrySet()) {
            if (!table.isKey(field.getKey())
                    && ColumnRules.problem(field.getKey()).isEmpty()) {
                change(table, field.getKey(), field.getValue()).ifPresent(changes::add);
            }
        }
        if (!made) {
            requireFilled(table);
        }
        if (changes.isEmpty()) {
            return table;
        }
        String sql = "ALTER TABLE %s %s".formatted(name.sql(), String.join(", ", changes));
        if (!made) {
            throw refused(
                    "the application's table lacks columns or types that the rows need",
                    sql + ";  Or leave the fields out with `transform: [{drop: […]}]`.");
        }
        execute("SELECT pg_catalog.set_config('lock_timeout', '10s', true)");
        execute(sql);
        LOG.info("altered table {}: {} columns added or widened", name.collection(), changes.size());
        return TargetTable.find(connection, name).orElseThrow();
    }

    private Optional<String> change(TargetTable table, VectorShape shape, TypeNames types) {
        Optional<StoredColumn> present = table.column(shape.name());
        String quoted = QualifiedName.quoted(shape.name());
        if (present.isEmpty()) {
            return Optional.of("ADD COLUMN %s %s".formatted(quoted, types.of(shape)));
        }
        Optional<ColumnType.OfVector> stored = present.get().vector();
        VectorElement element = stored.map(ColumnType.OfVector::element).orElse(null);
        int dimension = stored.map(ColumnType.OfVector::dimension).orElse(0);
        if (element == shape.element()
                && (shape.dimension() == 0 || dimension == 0 || dimension == shape.dimension())) {
            return dimension == 0 && shape.dimension() > 0
                    ? Optional.of("ALTER COLUMN %s TYPE %s".formatted(quoted, types.of(shape)))
                    : Optional.empty();
        }
        throw refused(
                "column %s holds no %s vectors of %d dimensions"
                        .formatted(shape.name(), shape.element(), shape.dimension()),
                "Set another `table` in the target, or drop that one: ferry creates it again.");
    }

    private Optional<String> change(TargetTable table, String field, FieldType type) {
        Optional<StoredColumn> present = table.column(field);
        String quoted = QualifiedName.quoted(field);
        if (present.isEmpty()) {
            return isVector(field)
                    ? Optional.empty()
                    : Optional.of("ADD COLUMN %s %s".formatted(quoted, TypeNames.of(type)));
        }
        StoredColumn column = present.get();
        if (isVector(field) || column.catalog().generated() || column.holds(type)) {
            return Optional.empty();
        }
        FieldType own = column.fieldType();
        boolean becomesReal = type.equals(FieldType.of(FieldType.Name.REAL64)) && isWhole(own);
        Optional<FieldType> wider = becomesReal ? Optional.of(type) : own.joined(type);
        if (wider.isEmpty() || column.isText()) {
            throw refused(
                    "it has columns for other rows: %s is %s and not %s"
                            .formatted(field, column.catalog().sqlType(), TypeNames.of(type)),
                    "Set another `table` in the target, or drop that one: ferry creates it again.");
        }
        return Optional.of("ALTER COLUMN %s TYPE %s".formatted(quoted, TypeNames.of(wider.get())));
    }

    public static boolean isWhole(FieldType type) {
        return !type.list()
                && (type.name() == FieldType.Name.INT16
                        || type.name() == FieldType.Name.INT32
                        || type.name() == FieldType.Name.INT64);
    }

    private void requireFilled(TargetTable table) {
        for (StoredColumn column : table.columns()) {
            if (column.isRequired()
                    && !table.isKey(column.name())
                    && !schema.fields().containsKey(column.name())
                    && !isVector(column.name())) {
                throw refused(
                        "column %s is NOT NULL without a default, and the rows have no such field"
                                .formatted(column.name()),
                        "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT …;  Or give the rows the field with `transform: [{set: …}]`."
                                .formatted(name.sql(), column.quoted()));
            }
        }
    }

    private FerryException refused(String why, String remedy) {
        return FerryException.misconfigured("table %s does not fit: %s".formatted(name.collection(), why), remedy);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
