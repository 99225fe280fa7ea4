package io.vectorferry.producer.postgres.table;

import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.stores.postgres.BinaryValues;
import io.vectorferry.stores.postgres.BinaryVectors;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.QualifiedName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns binary tuples of a table into keys and rows, and says in SQL which columns such a tuple has. Stateless. */
public final class RowDecoder {
    private final TableShape shape;

    public RowDecoder(TableShape shape) {
        this.shape = shape;
    }

    /** A decoded tuple; the problem says why the row cannot be used, and is null where it can. */
    public record KeyedRow(SourceKey key, Row row, @Nullable String problem) {}

    public TableShape shape() {
        return shape;
    }

    /** The select list, in the order in which {@link #decode} reads. */
    public String selectList() {
        return String.join(
                ", ", shape.columns().stream().map(RowDecoder::expression).toList());
    }

    /** Decodes a tuple, starting at its first field. */
    public KeyedRow decode(ByteBuffer tuple) {
        Value[] keyParts = new Value[shape.key().size()];
        List<Field> fields = new ArrayList<>(shape.columns().size());
        @Nullable VectorColumn first = null;
        List<VectorColumn> more = List.of();
        @Nullable String problem = null;
        for (Column column : shape.columns()) {
            if (column.type() instanceof ColumnType.OfVector(var element, int dimension)) {
                try {
                    boolean array = column.typeName().startsWith("_");
                    VectorColumn vector = new VectorColumn(
                            column.name(), element, dimension, BinaryVectors.read(element, array, tuple));
                    if (first == null) {
                        first = vector;
                    } else {
                        more = more.isEmpty() ? new ArrayList<>() : more;
                        more.add(vector);
                    }
                } catch (IllegalArgumentException e) {
                    problem = column.name() + " is not a vector: it is empty, has NULLs, or more than one dimension";
                }
                continue;
            }
            Value value = BinaryValues.read(column.type().fieldType(), tuple);
            if (column.isKey()) {
                keyParts[shape.key().indexOf(column)] = value;
            }
            if (column.isField()) {
                fields.add(new Field(column.name(), column.type().fieldType(), value));
            }
        }
        return new KeyedRow(
                new SourceKey(shape.collection(), Arrays.asList(keyParts)), new Row(first, more, fields), problem);
    }

    private static String expression(Column column) {
        String name = QualifiedName.quoted(column.name());
        return switch (column.type()) {
            case ColumnType.OfField field -> name;
            case ColumnType.OfVector vector -> name;
            // The type's own output, as the log has it; a cast differs for some (inet gains a mask).
            // A composite value with a NULL among its fields is not NULL itself, but IS NOT NULL is false of it.
            case ColumnType.AsText text ->
                "CASE WHEN %1$s IS DISTINCT FROM NULL THEN format('%%s', %1$s) END".formatted(name);
        };
    }
}
