package io.vectorferry.sink.postgres.table;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.stores.postgres.SqlLiteral;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** The primary key of a table, and how an id is one: the single column itself, or a JSON array of several. */
public record KeyColumns(List<StoredColumn> columns) {
    public KeyColumns {
        columns = List.copyOf(columns);
    }

    public IdKind kind() {
        return isSingle() && isWhole(columns.getFirst().fieldType()) ? IdKind.NUMBER : IdKind.TEXT;
    }

    /** Whether the id is the column's own value. */
    public boolean isPlain() {
        if (!isSingle()) {
            return false;
        }
        FieldType type = columns.getFirst().fieldType();
        return isWhole(type)
                || (!type.list() && (type.name() == FieldType.Name.TEXT || type.name() == FieldType.Name.UUID));
    }

    private boolean isSingle() {
        return columns.size() == 1;
    }

    private static boolean isWhole(FieldType type) {
        return !type.list()
                && switch (type.name()) {
                    case INT16, INT32, INT64 -> true;
                    case BOOL, REAL32, REAL64, DECIMAL, TEXT, BYTES, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, UUID, JSON ->
                        false;
                };
    }

    /** Returns the value of each column; empty where the id cannot be one of this table. */
    public Optional<List<Value>> values(TargetKey.Id id) {
        List<Value> values =
                switch (id) {
                    case TargetKey.NumberId(long number) -> List.of(new Value.Whole(number));
                    case TargetKey.TextId(String text) ->
                        isPlain()
                                ? List.of(new Value.Text(text))
                                : CompositeKey.parse(text, columns).orElse(List.of());
                };
        if (kindOf(id) != kind() || values.size() != columns.size()) {
            return Optional.empty();
        }
        for (int i = 0; i < values.size(); i++) {
            if (!SqlLiteral.isReadable(columns.get(i).fieldType(), values.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    public static IdKind kindOf(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId ignored -> IdKind.NUMBER;
            case TargetKey.TextId ignored -> IdKind.TEXT;
        };
    }

    /** The reverse of {@link #values}. */
    public TargetKey.Id idOf(List<Value> values) {
        if (isPlain() && values.getFirst() instanceof Value.Whole(long number)) {
            return new TargetKey.NumberId(number);
        }
        if (isPlain() && values.getFirst() instanceof Value.Text(String text)) {
            return new TargetKey.TextId(text);
        }
        return new TargetKey.TextId(CompositeKey.text(values));
    }

    /**
     * Returns an SQL table {@code k} of keys: column {@code n}, their places in the list from 0 on, and {@code c0}, {@code c1}
     * for the columns of the key.
     */
    public String table(List<List<Value>> keys) {
        if (isSingle()) {
            StoredColumn column = columns.getFirst();
            List<Value> items = new ArrayList<>(keys.size());
            keys.forEach(key -> items.add(key.getFirst()));
            FieldType type = column.fieldType();
            String array = SqlLiteral.of(
                    new FieldType(type.name(), true, type.precision(), type.scale()), new Value.Items(items));
            return "(SELECT u.o - 1 AS n, u.c0 FROM pg_catalog.unnest(%s::%s[]) WITH ORDINALITY u (c0, o)) k"
                    .formatted(array, column.catalog().sqlType());
        }
        StringJoiner rows = new StringJoiner(",", "(VALUES ", ") k (n,%s)".formatted(parts("c%d")));
        for (int n = 0; n < keys.size(); n++) {
            StringJoiner row = new StringJoiner(",", "(" + n + ",", ")");
            for (int i = 0; i < columns.size(); i++) {
                StoredColumn column = columns.get(i);
                row.add(SqlLiteral.of(column.fieldType(), keys.get(n).get(i)) + "::"
                        + column.catalog().sqlType());
            }
            rows.add(row.toString());
        }
        return rows.toString();
    }

    private String parts(String form) {
        StringJoiner parts = new StringJoiner(",");
        for (int i = 0; i < columns.size(); i++) {
            parts.add(form.formatted(i));
        }
        return parts.toString();
    }

    /** Returns the condition that a row of {@code target} has the key of a row of {@code k}. */
    public String matches() {
        StringJoiner all = new StringJoiner(" AND ");
        for (int i = 0; i < columns.size(); i++) {
            all.add("target.%s = k.c%d".formatted(columns.get(i).quoted(), i));
        }
        return all.toString();
    }

    /** Returns the condition that a row of {@code target} has the key of a row of the batch. */
    public String matches(String other) {
        return columns.stream()
                .map(column -> "target.%s = %s.%s%s"
                        .formatted(
                                column.quoted(),
                                other,
                                column.quoted(),
                                column.isText() ? "::" + column.catalog().sqlType() : ""))
                .collect(Collectors.joining(" AND "));
    }

    public String list() {
        return columns.stream().map(StoredColumn::quoted).collect(Collectors.joining(", "));
    }

    /** Returns a row value of one key, to be compared with {@link #list}. */
    public String literal(List<Value> key) {
        StringJoiner row = new StringJoiner(", ");
        for (int i = 0; i < columns.size(); i++) {
            StoredColumn column = columns.get(i);
            row.add(SqlLiteral.of(column.fieldType(), key.get(i)) + "::"
                    + column.catalog().sqlType());
        }
        return row.toString();
    }
}
