package io.vectorferry.sink.postgres.read;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.postgres.table.FerryNotes.Noted;
import io.vectorferry.sink.postgres.table.StoredColumn;
import io.vectorferry.sink.postgres.table.TargetTable;
import io.vectorferry.sink.spi.TargetReader.StoredRow;
import io.vectorferry.stores.postgres.BinaryRows;
import io.vectorferry.stores.postgres.BinaryValues;
import io.vectorferry.stores.postgres.BinaryVectors;
import io.vectorferry.stores.postgres.ColumnType.OfVector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.postgresql.PGConnection;

/** Rows of a table as ferry has written them: the columns that it fills, or all of a table that it has not filled. */
final class StoredRows {
    private static final FieldType TEXT = FieldType.of(FieldType.Name.TEXT);

    private final TargetTable table;
    private final List<StoredColumn> vectors = new ArrayList<>();
    private final List<StoredColumn> fields = new ArrayList<>();

    StoredRows(TargetTable table, Optional<Noted> noted) {
        this.table = table;
        for (StoredColumn column : table.columns()) {
            boolean ours = noted.isEmpty() || noted.get().vectors().contains(column.name());
            if (ours && column.vector().isPresent() && !table.isKey(column.name())) {
                vectors.add(column);
            } else if (!table.isKey(column.name())
                    && (noted.isEmpty() || noted.get().fields().contains(column.name()))) {
                fields.add(column);
            }
        }
    }

    List<StoredColumn> vectors() {
        return vectors;
    }

    /** @param clauses after {@code FROM table AS target} */
    void read(Connection connection, String clauses, Consumer<StoredRow> rows) throws SQLException {
        List<String> columns = keyColumns();
        vectors.forEach(column -> columns.add("target." + column.quoted()));
        fields.forEach(column -> columns.add(selected(column)));
        copy(connection, columns, clauses, tuple -> rows.accept(new StoredRow(id(tuple), row(tuple))));
    }

    void readIds(Connection connection, String clauses, Consumer<TargetKey.Id> ids) throws SQLException {
        copy(connection, keyColumns(), clauses, tuple -> ids.accept(id(tuple)));
    }

    private List<String> keyColumns() {
        return table.key().columns().stream()
                .map(StoredRows::selected)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static String selected(StoredColumn column) {
        return "target." + column.quoted() + (column.isText() ? "::pg_catalog.text" : "");
    }

    private void copy(Connection connection, List<String> columns, String clauses, Consumer<ByteBuffer> tuples)
            throws SQLException {
        BinaryRows rows = new BinaryRows(connection
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyOut("COPY (SELECT %s FROM %s AS target %s) TO STDOUT (FORMAT binary)"
                        .formatted(String.join(", ", columns), table.name().sql(), clauses)));
        try {
            ByteBuffer tuple;
            while ((tuple = rows.next(columns.size())) != null) {
                tuples.accept(tuple);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TargetKey.Id id(ByteBuffer tuple) {
        List<Value> values = new ArrayList<>();
        for (StoredColumn column : table.key().columns()) {
            values.add(value(column, tuple));
        }
        return table.key().idOf(values);
    }

    private static Value value(StoredColumn column, ByteBuffer tuple) {
        return BinaryValues.read(column.isText() ? TEXT : column.fieldType(), tuple);
    }

    private Row row(ByteBuffer tuple) {
        List<VectorColumn> stored = new ArrayList<>(vectors.size());
        for (StoredColumn column : vectors) {
            OfVector type = column.vector().orElseThrow();
            stored.add(new VectorColumn(
                    column.name(), type.element(), type.dimension(), BinaryVectors.read(type.element(), false, tuple)));
        }
        List<Field> values = new ArrayList<>(fields.size());
        for (StoredColumn column : fields) {
            values.add(new Field(column.name(), type(column), value(column, tuple)));
        }
        return Row.of(stored, values);
    }

    private static FieldType type(StoredColumn column) {
        return column.isText() ? TEXT : column.fieldType();
    }
}
