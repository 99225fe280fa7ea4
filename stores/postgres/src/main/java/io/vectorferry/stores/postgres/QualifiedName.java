package io.vectorferry.stores.postgres;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A table's name as the catalog has it. */
public record QualifiedName(String schema, String table) {
    private static final String PART = "(\"(?:[^\"]|\"\")+\"|[^\".]+)";
    private static final Pattern NAME = Pattern.compile("(?:" + PART + "\\.)?" + PART);

    /** {@code public.Odd Docs}, {@code articles} (in {@code public}), {@code public."a.b"}; empty when it is none of these. */
    public static Optional<QualifiedName> parse(String text) {
        Matcher matcher = NAME.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String schema = matcher.group(1) == null ? "public" : unquoted(matcher.group(1));
        return Optional.of(new QualifiedName(schema, unquoted(matcher.group(2))));
    }

    /** Returns the collection's name as used in messages and topics; a part that contains a dot stays quoted. */
    public String collection() {
        return shown(schema) + "." + shown(table);
    }

    /**
     * Returns whether Debezium reads this name back as it is. It puts no quotes around a name that begins or ends with one,
     * and takes two quotes of another kind for one ({@code TableId}, {@code TableIdParser}).
     */
    public boolean isReadByDebezium() {
        return Stream.of(schema, table)
                .noneMatch(part ->
                        part.startsWith("\"") || part.endsWith("\"") || part.contains("''") || part.contains("``"));
    }

    /** Returns the name quoted for SQL. */
    public String sql() {
        return quoted(schema) + "." + quoted(table);
    }

    public static String quoted(String identifier) {
        return "\"" + identifier.replace("\"", "\"\"") + "\"";
    }

    private static String shown(String part) {
        return part.indexOf('.') >= 0 ? quoted(part) : part;
    }

    private static String unquoted(String part) {
        return part.startsWith("\"") ? part.substring(1, part.length() - 1).replace("\"\"", "\"") : part;
    }
}
