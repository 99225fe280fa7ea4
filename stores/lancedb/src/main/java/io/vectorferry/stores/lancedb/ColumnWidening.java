package io.vectorferry.stores.lancedb;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Field;
import org.lance.Dataset;
import org.lance.operation.UpdateConfig;
import org.lance.operation.UpdateMap;
import org.lance.schema.ColumnAlteration;
import org.lance.schema.LanceField;
import org.lance.schema.SqlExpressions;

/**
 * Replaces a column by one of a wider type: adds a copy with the values cast, gives it the column's name in one commit, drops
 * the old column. Only this column's data is written again. Lance's own change of a column's type does not turn a decimal into
 * text, and through lance-core 7.0.0 it changes nothing and reports no error.
 */
public final class ColumnWidening {
    private static final String COPY = "__vectorferry_wider";
    private static final String REPLACED = "__vectorferry_narrow";

    private ColumnWidening() {}

    /**
     * Returns whether the column has no field: it exists during a replacement, or a process that ended in between has
     * left it.
     */
    public static boolean isTemporary(String column) {
        return column.endsWith(COPY) || column.endsWith(REPLACED);
    }

    /** Opens the newest version, and drops what a process has left that ended in between. */
    public static void dropLeftOver(LanceTable table) {
        List<String> left = table.reopen().getSchema().getFields().stream()
                .map(Field::getName)
                .filter(ColumnWidening::isTemporary)
                .toList();
        if (!left.isEmpty()) {
            table.dataset().dropColumns(left);
            table.reopen();
        }
    }

    /** Returns the filter of the rows whose whole number a float64 might round. */
    public static String roundedAsReal(Field column) {
        return "`%1$s` > %2$d OR `%1$s` < -%2$d".formatted(column.getName(), 1L << 53);
    }

    public static void replace(LanceTable table, Field wider) {
        String name = wider.getName();
        Dataset dataset = table.dataset();
        String cast = "arrow_cast(`%s`, '%s')".formatted(name, ColumnTypes.sqlName(wider));
        dataset.addColumns(
                new SqlExpressions.Builder().withExpression(name + COPY, cast).build(), Optional.empty());
        keepMetadata(table, name);
        table.dataset().alterColumns(List.of(renamed(name, name + REPLACED), renamed(name + COPY, name)));
        table.dataset().dropColumns(List.of(name + REPLACED));
        table.reopen();
    }

    /** The copy of a column is born without any, and {@link ColumnNames} needs the field's name. */
    private static void keepMetadata(LanceTable table, String name) {
        Map<String, LanceField> fields = new HashMap<>();
        table.reopen().getLanceSchema().fields().forEach(field -> fields.put(field.getName(), field));
        LanceField copy = fields.get(name + COPY);
        LanceField present = fields.get(name);
        if (copy != null && present != null && !present.getMetadata().isEmpty()) {
            UpdateMap same = UpdateMap.builder()
                    .updates(present.getMetadata())
                    .replace(true)
                    .build();
            UpdateConfig update = UpdateConfig.builder()
                    .fieldMetadataUpdates(Map.of(copy.getId(), same))
                    .build();
            table.commit(update, Map.of());
        }
    }

    private static ColumnAlteration renamed(String from, String to) {
        return new ColumnAlteration.Builder(from).rename(to).build();
    }
}
