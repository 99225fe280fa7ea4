package io.vectorferry.sink.milvus;

import io.vectorferry.contracts.message.TargetKey;
import java.util.Collection;
import java.util.StringJoiner;

/** Filter expressions of Milvus. Ids are escaped here: the server's language has no parameters that every version knows. */
final class Expressions {
    private Expressions() {}

    static String idIn(Collection<? extends TargetKey.Id> ids) {
        StringJoiner list = new StringJoiner(",", FieldNames.ID + " in [", "]");
        ids.forEach(id -> list.add(literal(id)));
        return list.toString();
    }

    static String idAfter(TargetKey.Id id) {
        return FieldNames.ID + " > " + literal(id);
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
