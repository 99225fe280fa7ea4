package io.vectorferry.producer.postgres.references;

import io.vectorferry.contracts.config.DocumentJoin;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.producer.postgres.table.RowDecoder;
import io.vectorferry.producer.postgres.table.RowsByKey;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.stores.postgres.QualifiedName;
import io.vectorferry.stores.postgres.SqlLiteral;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The documents that refer to any of some vectors. An index on the column of the references (GIN where it is an array) finds them. */
public final class DocumentsOfVectors {
    private final DocumentJoin join;
    private final TableShape shape;
    private final TableShape.Column references;

    /** @param shape of the documents */
    public DocumentsOfVectors(DocumentJoin join, TableShape shape) {
        this.join = join;
        this.shape = shape;
        this.references = shape.column(join.references()).orElseThrow();
    }

    /** Each once. */
    public void read(Connection connection, Collection<Value> vectors, Consumer<RowDecoder.KeyedRow> documents)
            throws SQLException {
        List<String> wanted = vectors.stream()
                .flatMap(vector -> asReference(vector).stream())
                .map(reference -> SqlLiteral.of(element(), reference))
                .toList();
        if (!wanted.isEmpty()) {
            new RowsByKey(shape).copy(connection, where(String.join(", ", wanted)), documents);
        }
    }

    private String where(String wanted) {
        String column = QualifiedName.quoted(references.name());
        return references.type().fieldType().list()
                ? "WHERE %s && ARRAY[%s]::text[]::%s"
                        .formatted(column, wanted, QualifiedName.quoted(references.typeName()))
                : "WHERE %s IN (%s)".formatted(column, wanted);
    }

    private FieldType element() {
        return references.type().fieldType().elementType();
    }

    /** The key as the column would hold it; empty where it can hold no such value. */
    private Optional<Value> asReference(Value vector) {
        Value reference = join.keys().isEmpty() ? vector : inKindOfColumn(vector);
        return Optional.of(reference).filter(value -> SqlLiteral.isReadable(element(), value));
    }

    private Value inKindOfColumn(Value vector) {
        return switch (element().name()) {
            case INT16, INT32, INT64 ->
                vector instanceof Value.Text(String text)
                        ? DocumentJoin.whole(text).<Value>map(Value.Whole::new).orElse(vector)
                        : vector;
            case TEXT, UUID, JSON, DECIMAL ->
                vector instanceof Value.Whole(long number) ? new Value.Text(Long.toString(number)) : vector;
            case BOOL, REAL32, REAL64, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> vector;
        };
    }
}
