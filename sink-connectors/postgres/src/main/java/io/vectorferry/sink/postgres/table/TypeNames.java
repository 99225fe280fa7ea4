package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.stores.postgres.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * The SQL types of columns that ferry makes.
 *
 * @param extension the schema of pgvector, quoted
 */
public record TypeNames(String extension) {
    private static final int MAX_PRECISION = 1_000;

    /** Empty where the database has no pgvector. */
    public static Optional<TypeNames> find(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
                        WHERE e.extname = 'vector'""")) {
            return row.next() ? Optional.of(new TypeNames(QualifiedName.quoted(row.getString(1)))) : Optional.empty();
        }
    }

    public static String ofId(IdKind kind) {
        return switch (kind) {
            case NUMBER -> "bigint";
            case TEXT -> "text";
        };
    }

    public String of(VectorShape shape) {
        String name =
                switch (shape.element()) {
                    case FLOAT32 -> extension + ".vector";
                    case FLOAT16 -> extension + ".halfvec";
                    case SPARSE -> extension + ".sparsevec";
                    case BINARY -> shape.dimension() == 0 ? "bit varying" : "bit";
                    case BFLOAT16, INT8 -> throw unsupported(shape.name(), shape.element());
                };
        return shape.dimension() == 0 ? name : "%s(%d)".formatted(name, shape.dimension());
    }

    static FerryException unsupported(String column, VectorElement element) {
        return FerryException.misconfigured(
                "PostgreSQL has no type for the %s vectors of column %s".formatted(element, column),
                "Choose another target for this collection.");
    }

    public static String of(FieldType type) {
        return type.list() ? scalar(type.elementType(), true) + "[]" : scalar(type, false);
    }

    /** The catalog does not say which numbers an array's elements are bounded to, and so they are not. */
    private static String scalar(FieldType type, boolean inArray) {
        return switch (type.name()) {
            case BOOL -> "boolean";
            case INT16 -> "smallint";
            case INT32 -> "integer";
            case INT64 -> "bigint";
            case REAL32 -> "real";
            case REAL64 -> "double precision";
            case DECIMAL ->
                inArray || type.precision() == 0 || type.precision() > MAX_PRECISION
                        ? "numeric"
                        : "numeric(%d,%d)".formatted(type.precision(), type.scale());
            case TEXT -> "text";
            case BYTES -> "bytea";
            case DATE -> "date";
            case TIME -> "time";
            case TIMESTAMP -> "timestamp";
            case TIMESTAMPTZ -> "timestamptz";
            case UUID -> "uuid";
            case JSON -> "jsonb";
        };
    }
}
