package io.vectorferry.producer.postgres.capture;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.producer.postgres.table.TableShape;
import io.vectorferry.producer.postgres.table.TableShape.Column;
import io.vectorferry.stores.postgres.ColumnType;
import io.vectorferry.stores.postgres.VectorText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.connect.data.Struct;
import org.jspecify.annotations.Nullable;

/** Makes the full row of an event's {@code after}, with what the log left out taken from the row as it stands now. Stateless. */
public final class EventRowReader {
    /** Types of which Debezium hands on its own form instead of the text that the log holds. */
    private static final Set<String> LOSSY =
            Set.of("interval", "timetz", "money", "point", "line", "lseg", "box", "path", "polygon", "circle");

    private EventRowReader() {}

    /** Whether the log left a value out, which has to be read from the table. */
    static boolean hasHole(TableShape shape, Struct after) {
        for (Column column : shape.columns()) {
            if (isHole(column, after)) {
                return true;
            }
        }
        return false;
    }

    /**
     * An update leaves out a TOASTed value that it did not touch; every change leaves out what the server computes; and of
     * some types Debezium does not keep what the log says (an interval's form, a time's zone).
     */
    private static boolean isHole(Column column, Struct after) {
        var schemaField = after.schema().field(column.name());
        return schemaField == null
                ? column.generated()
                : isLeftOut(column, after.getWithoutDefault(schemaField.name()));
    }

    private static boolean isLeftOut(Column column, @Nullable Object value) {
        return ConnectValues.isUnchanged(value) || (value != null && LOSSY.contains(column.typeName()));
    }

    /** @param current the row as the table has it now; empty when nothing is missing */
    public static Row read(TableShape shape, Struct after, Optional<Row> current) {
        @Nullable VectorColumn first = null;
        List<VectorColumn> more = List.of();
        List<Field> fields = new ArrayList<>(shape.columns().size());
        for (Column column : shape.columns()) {
            var schemaField = after.schema().field(column.name());
            if (schemaField == null && !(column.generated() && column.role() == TableShape.Role.VECTOR)) {
                // Left out, or added to the table after this event.
                current.filter(row -> column.generated())
                        .flatMap(row -> row.field(column.name()))
                        .ifPresent(fields::add);
                continue;
            }
            @Nullable Object value = schemaField == null ? null : after.getWithoutDefault(column.name());
            boolean unchanged = schemaField == null || isLeftOut(column, value);
            if (column.type() instanceof ColumnType.OfVector(VectorElement element, int dimension)) {
                VectorColumn vector = unchanged
                        ? current.flatMap(row -> row.vector(column.name())).orElseThrow()
                        : new VectorColumn(column.name(), element, dimension, vector(element, dimension, value));
                if (first == null) {
                    first = vector;
                } else {
                    more = more.isEmpty() ? new ArrayList<>() : more;
                    more.add(vector);
                }
            } else if (column.isField()) {
                fields.add(
                        unchanged
                                ? current.flatMap(row -> row.field(column.name()))
                                        .orElseThrow()
                                : field(column, schemaField.schema(), value));
            }
        }
        return new Row(first, more, fields);
    }

    private static Field field(Column column, org.apache.kafka.connect.data.Schema schema, @Nullable Object value) {
        Value converted = ConnectValues.of(column.type().fieldType(), schema, value);
        return new Field(column.name(), column.type().fieldType(), converted);
    }

    private static @Nullable Vector vector(VectorElement element, int dimension, @Nullable Object value) {
        return value == null ? null : VectorText.parse(element, dimension, value.toString());
    }
}
