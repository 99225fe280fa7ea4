package io.vectorferry.stores.milvus;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Value;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/** Filter expressions of Milvus. Ids are escaped here: the server's language has no parameters that every version knows. */
public final class FilterExpressions {
    private FilterExpressions() {}

    public static String idIn(Collection<? extends TargetKey.Id> ids) {
        return idIn(FieldNames.ID, ids);
    }

    /** @param field of the primary key */
    public static String idIn(String field, Collection<? extends TargetKey.Id> ids) {
        StringJoiner list = new StringJoiner(",", field + " in [", "]");
        ids.forEach(id -> list.add(literal(id)));
        return list.toString();
    }

    public static String idAfter(TargetKey.Id id) {
        return idAfter(FieldNames.ID, id);
    }

    /** @param field of the primary key */
    public static String idAfter(String field, TargetKey.Id id) {
        return field + " > " + literal(id);
    }

    /** @param typed names of the fields that the collection declares; others are in the dynamic one */
    public static String all(List<FieldCondition> conditions, Set<String> typed) {
        StringJoiner all = new StringJoiner(" and ");
        for (FieldCondition condition : conditions) {
            String name = condition.field();
            String field = typed.contains(name) ? name : FieldNames.DYNAMIC + "[" + quoted(name) + "]";
            String operator =
                    switch (condition.operator()) {
                        case EQUAL -> "==";
                        case LESS -> "<";
                        case LESS_OR_EQUAL -> "<=";
                        case GREATER -> ">";
                        case GREATER_OR_EQUAL -> ">=";
                    };
            all.add("%s %s %s".formatted(field, operator, literal(name, condition.value())));
        }
        return all.toString();
    }

    private static String literal(String name, Value value) {
        return switch (value) {
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Whole(long whole) -> Long.toString(whole);
            case Value.Real32(float real) -> Float.toString(real);
            case Value.Real64(double real) -> Double.toString(real);
            case Value.Text(String text) -> quoted(text);
            case Value.Null ignored -> throw refused(name);
            case Value.Bytes ignored -> throw refused(name);
            case Value.Items ignored -> throw refused(name);
        };
    }

    private static FerryException refused(String name) {
        return FerryException.misconfigured(
                "Milvus filters cannot express the value that %s is compared with".formatted(name),
                "Compare it with a number, a text, true or false.");
    }

    static String literal(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long value) -> Long.toString(value);
            case TargetKey.TextId(String value) -> quoted(value);
        };
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
