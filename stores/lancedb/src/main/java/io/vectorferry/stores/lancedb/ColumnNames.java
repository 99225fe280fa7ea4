package io.vectorferry.stores.lancedb;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a table's fields. It is the column of the field's name if LanceDB can have such a column. Otherwise
 * {@code _} replaces each character that it cannot have; if that name is in use or {@link ColumnWidening}', {@code _}
 * and the CRC-32 of the field's name in eight hexadecimal digits follow. The column's metadata says the field's name.
 * For one thread.
 */
public final class ColumnNames {
    /** Metadata key of a column that has another name than its field. */
    private static final String FIELD = "vectorferry.field";

    /** A dot leads into a structure, and a backtick ends a name. */
    private static final Pattern IMPOSSIBLE = Pattern.compile("[.`\\p{Cntrl}]");

    /** The key's, and those of Lance's own columns in a table or in the answer of a search. */
    private static final Set<String> RESERVED = Set.of(
            ColumnTypes.ID,
            "_rowid",
            "_rowaddr",
            "_rowoffset",
            "_row_created_at_version",
            "_row_last_updated_at_version",
            "_distance",
            "_score",
            "_relevance_score");

    private final Map<String, String> payload = new HashMap<>(); // by field
    private final Map<String, String> vectors = new HashMap<>(); // by field
    private final Set<String> taken = new HashSet<>(RESERVED);

    private ColumnNames() {}

    /** @param table of a table that is there, or without columns */
    public static ColumnNames in(Schema table) {
        return in(table.getFields());
    }

    public static ColumnNames in(List<Field> columns) {
        ColumnNames names = new ColumnNames();
        for (Field column : columns) {
            if (column.getName().equals(ColumnTypes.ID) || ColumnWidening.isTemporary(column.getName())) {
                continue; // no field
            }
            (ColumnTypes.isVector(column) ? names.vectors : names.payload).put(fieldOf(column), column.getName());
            names.taken.add(column.getName());
        }
        return names;
    }

    /** The field that the column holds. */
    public static String fieldOf(Field column) {
        @Nullable String field = column.getMetadata().get(FIELD);
        return field == null ? column.getName() : field;
    }

    /** Returns the column that holds the field's payload, or the one that will. */
    public String payload(String field) {
        return payload.computeIfAbsent(field, this::free);
    }

    /** Returns the same for a vector, which may have the name of a payload field. */
    public String vector(String field) {
        return vectors.computeIfAbsent(field, this::free);
    }

    /** Returns the column under its name, with the field's in its metadata where that is another one. */
    public static Field named(String column, String field, Field typed) {
        if (column.equals(field)) {
            return typed;
        }
        FieldType type = typed.getFieldType();
        return new Field(
                column,
                new FieldType(type.isNullable(), type.getType(), type.getDictionary(), Map.of(FIELD, field)),
                typed.getChildren());
    }

    private String free(String field) {
        String legal = field.isEmpty() ? "_" : IMPOSSIBLE.matcher(field).replaceAll("_");
        if (ColumnWidening.isTemporary(legal) || !taken.add(legal)) {
            CRC32 sum = new CRC32();
            sum.update(field.getBytes(StandardCharsets.UTF_8));
            legal += "_%08x".formatted(sum.getValue());
            while (!taken.add(legal)) {
                legal += "_";
            }
        }
        return legal;
    }
}
