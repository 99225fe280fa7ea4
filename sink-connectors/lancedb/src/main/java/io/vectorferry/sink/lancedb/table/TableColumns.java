package io.vectorferry.sink.lancedb.table;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.ColumnTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The columns that a collection needs: id, each vector once its dimension is known, then the fields.
 *
 * @param payload the fields' types, by column
 */
public record TableColumns(List<Field> columns, Map<String, FieldType> payload) {
    public TableColumns {
        columns = List.copyOf(columns);
        payload = Map.copyOf(payload);
    }

    /**
     * The changes that an existing table needs to hold the rows.
     *
     * @param missing columns to add
     * @param widened columns that replace those of their names
     */
    public record Growth(List<Field> missing, List<Field> widened) {}

    /** @param names those of the table, to which new ones are added */
    public static TableColumns of(TargetSchema schema, ColumnNames names) {
        List<Field> columns = new ArrayList<>();
        columns.add(id(schema.idKind()));
        schema.vectors().stream().filter(v -> v.dimension() > 0).forEach(v -> {
            String column = names.vector(v.name());
            columns.add(ColumnNames.named(column, v.name(), ColumnTypes.vector(column, v.element(), v.dimension())));
        });
        Map<String, FieldType> payload = new HashMap<>();
        schema.fields().forEach((name, type) -> {
            String column = names.payload(name);
            payload.put(column, type);
            columns.add(ColumnNames.named(column, name, ColumnTypes.payload(column, type)));
        });
        return new TableColumns(columns, payload);
    }

    private static Field id(IdKind kind) {
        ArrowType type =
                switch (kind) {
                    case NUMBER -> new ArrowType.Int(64, true);
                    case TEXT -> ArrowType.Utf8.INSTANCE;
                };
        return Field.notNullable(ColumnTypes.ID, type);
    }

    public static IdKind idKind(Field id) {
        return id.getType() instanceof ArrowType.Int ? IdKind.NUMBER : IdKind.TEXT;
    }

    public Schema schema() {
        return new Schema(columns);
    }

    /**
     * Refuses a table of another shape.
     *
     * @param canBecomeReal whether the whole numbers of a field's column may become float64
     */
    public Growth growthOf(Schema table, Predicate<String> canBecomeReal, String uri) {
        List<Field> missing = new ArrayList<>();
        List<Field> widened = new ArrayList<>();
        for (Field column : columns) {
            Field present = table.getFields().stream()
                    .filter(f -> f.getName().equals(column.getName()))
                    .findFirst()
                    .orElse(null);
            if (present == null && !column.isNullable()) {
                throw mismatch(uri, "it has no column `%s`".formatted(column.getName()));
            } else if (present == null) {
                missing.add(column);
            } else if (!ColumnTypes.sameType(column, present)) {
                Field wider = Optional.ofNullable(payload.get(column.getName()))
                        .flatMap(type -> ColumnTypes.widened(present, type).or(() -> real(present, type)
                                .filter(real -> canBecomeReal.test(ColumnNames.fieldOf(present)))))
                        .orElseThrow(() -> mismatch(
                                uri,
                                "its column `%s` is %s, but must be %s"
                                        .formatted(column.getName(), shown(present), shown(column))));
                if (!ColumnTypes.sameType(wider, present)) {
                    widened.add(wider);
                }
            }
        }
        return new Growth(missing, widened);
    }

    private static Optional<Field> real(Field present, FieldType wanted) {
        return ColumnTypes.isWhole(present) && wanted.equals(FieldType.of(FieldType.Name.REAL64))
                ? Optional.of(ColumnTypes.payload(present.getName(), wanted))
                : Optional.empty();
    }

    private static FerryException mismatch(String uri, String what) {
        return FerryException.misconfigured(
                "table %s has columns for other rows: %s".formatted(uri, what),
                "Set another `table` for this target, or drop that one. If the source's column was changed, use another `pipeline` name too: the topics of this pipeline have rows of both kinds.");
    }

    private static String shown(Field field) {
        return field.getChildren().isEmpty()
                ? field.getType().toString()
                : field.getType() + " of " + field.getChildren().getFirst().getType();
    }
}
