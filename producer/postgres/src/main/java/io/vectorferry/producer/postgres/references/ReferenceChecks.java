package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.Finding;
import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.producer.postgres.config.DocumentTable;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShapes;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.session.Connections;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether the references of one table can lead to the rows of the other, and how many do. */
public final class ReferenceChecks {
    /** Up to so many rows of each table, both are compared. */
    private static final long MAX_COMPARED = 100_000;

    private final PostgresConfig config;
    private final DocumentTable documents;

    public ReferenceChecks(PostgresConfig config, DocumentTable documents) {
        this.config = config;
        this.documents = documents;
    }

    public List<Finding> findings() {
        try (Connection connection = config.connections().readOnly()) {
            List<TableShape> shapes = new TableShapes(config).readAll(connection);
            Optional<Finding> error = error(connection, shapes);
            if (error.isPresent()) {
                return List.of(error.get());
            }
            return few(connection, shapes)
                    ? halves(connection, shapes.getFirst(), shapes.getLast())
                    : List.of(Finding.ok("orphans", "too many rows to compare both tables here"));
        } catch (SQLException e) {
            throw FerryException.retryable("the tables could not be compared: " + Connections.firstLine(e), e);
        }
    }

    /** Refuses errors before anything is read. */
    public void refuseErrors(Connection connection, List<TableShape> shapes) throws SQLException {
        Finding.refuseErrors(error(connection, shapes).stream().toList());
    }

    static void refuseMisfit(List<TableShape> shapes, DocumentJoin join) {
        Finding.refuseErrors(
                misfit(shapes.getFirst(), shapes.getLast(), join).stream().toList());
    }

    private Optional<Finding> error(Connection connection, List<TableShape> shapes) throws SQLException {
        Optional<Finding> misfit = misfit(shapes.getFirst(), shapes.getLast(), documents.join());
        return misfit.isPresent() ? misfit : new MappingTable(documents).rewritten(connection);
    }

    private static Optional<Finding> misfit(TableShape vectors, TableShape documents, DocumentJoin join) {
        if (vectors.key().size() != 1) {
            return Optional.of(Finding.error(
                    "references",
                    "the key of %s has %d columns, but a reference is one value"
                            .formatted(vectors.collection(), vectors.key().size()),
                    "Give the table a key of one column."));
        }
        Optional<TableShape.Column> references =
                documents.column(join.references()).filter(TableShape.Column::isField);
        if (references.isEmpty()) {
            return Optional.of(Finding.error(
                    "references",
                    "%s has no column %s for references".formatted(documents.collection(), join.references()),
                    "Correct source.postgres.documents.references; it cannot be the key column id."));
        }
        FieldType.Name of = references.get().type().fieldType().name();
        FieldType.Name to = vectors.key().getFirst().type().fieldType().name();
        return join.keys().isPresent() || (isWhole(of) && isWhole(to)) || of == to
                ? Optional.empty()
                : Optional.of(Finding.error(
                        "references",
                        "%s.%s is of type %s, but the key of %s is of type %s"
                                .formatted(
                                        documents.collection(),
                                        join.references(),
                                        references.get().typeName(),
                                        vectors.collection(),
                                        vectors.key().getFirst().typeName()),
                        "Set source.postgres.documents.vectorKeys: %s".formatted(isWhole(to) ? "integer" : "text")));
    }

    private static boolean isWhole(FieldType.Name type) {
        return type == FieldType.Name.INT16 || type == FieldType.Name.INT32 || type == FieldType.Name.INT64;
    }

    private boolean few(Connection connection, List<TableShape> shapes) throws SQLException {
        long most = 0;
        for (TableShape shape : shapes) {
            most = Math.max(
                    most,
                    number(
                            connection,
                            "SELECT count(*) FROM (SELECT FROM %s LIMIT %d) s"
                                    .formatted(shape.name().sql(), MAX_COMPARED + 1)));
        }
        return most <= MAX_COMPARED;
    }

    private List<Finding> halves(Connection connection, TableShape vectors, TableShape from) throws SQLException {
        String column = QualifiedName.quoted(documents.join().references());
        boolean list = from.column(documents.join().references())
                .map(found -> found.type().fieldType().list())
                .orElse(false);
        String referred = "SELECT %s::text AS r FROM %s"
                .formatted(list ? "unnest(" + column + ")" : column, from.name().sql());
        String keys = "SELECT %s::text AS k FROM %s"
                .formatted(
                        QualifiedName.quoted(vectors.key().getFirst().name()),
                        vectors.name().sql());
        long orphans = number(
                connection,
                "SELECT count(*) FROM (%s) d WHERE r IS NOT NULL AND NOT EXISTS (SELECT FROM (%s) v WHERE k = r)"
                        .formatted(referred, keys));
        long unreferenced = number(
                connection,
                "SELECT count(*) FROM (%s) v WHERE NOT EXISTS (SELECT FROM (%s) d WHERE r = k)"
                        .formatted(keys, referred));
        List<Finding> findings = new ArrayList<>();
        findings.add(
                orphans == 0
                        ? Finding.ok("orphans", "each reference has a vector")
                        : Finding.warning(
                                "orphans",
                                "%,d references have no vector; they are not replicated".formatted(orphans),
                                "Fix them in the application, or ignore them: a vector that is added later is joined."));
        findings.add(
                unreferenced == 0
                        ? Finding.ok("unreferenced", "every vector has a reference")
                        : Finding.warning(
                                "unreferenced",
                                "%,d vectors have no reference in %s; they are not replicated"
                                        .formatted(unreferenced, from.collection()),
                                ""));
        return findings;
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
