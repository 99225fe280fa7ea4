package io.vectorferry.sink.lancedb.read;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.stores.lancedb.ColumnNames;
import io.vectorferry.stores.lancedb.StoredIds;
import java.util.List;
import java.util.stream.Collectors;

/** Conditions in the language of Lance's filters. */
public final class SearchConditions {
    private SearchConditions() {}

    public static String filter(List<FieldCondition> conditions, ColumnNames names) {
        return conditions.stream().map(condition -> text(condition, names)).collect(Collectors.joining(" AND "));
    }

    private static String text(FieldCondition condition, ColumnNames names) {
        String name = names.payload(condition.field());
        String operator =
                switch (condition.operator()) {
                    case EQUAL -> "=";
                    case LESS -> "<";
                    case LESS_OR_EQUAL -> "<=";
                    case GREATER -> ">";
                    case GREATER_OR_EQUAL -> ">=";
                };
        return "`%s` %s %s".formatted(name, operator, literal(name, condition.value()));
    }

    private static String literal(String name, Value value) {
        return switch (value) {
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Whole(long whole) -> Long.toString(whole);
            case Value.Real32(float real) -> Float.toString(real);
            case Value.Real64(double real) -> Double.toString(real);
            case Value.Text(String text) -> {
                if (!StoredIds.hasLiteral(new TargetKey.TextId(text))) {
                    throw refused(name);
                }
                yield "'" + text + "'";
            }
            case Value.Null ignored -> throw refused(name);
            case Value.Bytes ignored -> throw refused(name);
            case Value.Items ignored -> throw refused(name);
        };
    }

    private static FerryException refused(String name) {
        return FerryException.misconfigured(
                "LanceDB filters cannot express the value that %s is compared with".formatted(name),
                "Compare it with a number, true or false, or a text of printable ASCII without quotes and backslashes.");
    }
}
