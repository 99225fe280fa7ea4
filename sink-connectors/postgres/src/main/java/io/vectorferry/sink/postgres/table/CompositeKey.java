package io.vectorferry.sink.postgres.table;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The id of a row whose key has several columns: a canonical JSON array, as docs/ids.md describes it. */
final class CompositeKey {
    private final String text;
    private int at = 1;

    private CompositeKey(String text) {
        this.text = text;
    }

    /** Returns a value for each column; empty for any other text. */
    static Optional<List<Value>> parse(String text, List<StoredColumn> columns) {
        CompositeKey key = new CompositeKey(text);
        List<Value> values = new ArrayList<>(columns.size());
        try {
            for (StoredColumn column : columns) {
                values.add(value(column.fieldType(), key.next()));
            }
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            return Optional.empty();
        }
        // Another spelling of the same values would be another id.
        return text(values).equals(text) ? Optional.of(values) : Optional.empty();
    }

    private static Value value(FieldType type, String item) {
        return switch (type.name()) {
            case BOOL -> new Value.Bool(Boolean.parseBoolean(item));
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> new Value.Whole(Long.parseLong(item));
            case REAL32 -> new Value.Real32(Float.parseFloat(item));
            case REAL64 -> new Value.Real64(Double.parseDouble(item));
            case BYTES ->
                new Value.Bytes(ByteString.copyFrom(Base64.getDecoder().decode(item)));
            case DECIMAL, TEXT, UUID, JSON -> new Value.Text(item);
        };
    }

    /** Returns the next item without its quotes and escapes. */
    private String next() {
        String item = text.charAt(at) == '"' ? quoted() : plain();
        at++;
        return item;
    }

    private String plain() {
        int from = at;
        while (text.charAt(at) != ',' && text.charAt(at) != ']') {
            at++;
        }
        return text.substring(from, at);
    }

    private String quoted() {
        StringBuilder unquoted = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            unquoted.append(c == '\\' ? escaped() : c);
        }
        at++;
        return unquoted.toString();
    }

    private char escaped() {
        at++;
        char c = text.charAt(at);
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> {
                at += 4;
                yield (char) Integer.parseInt(text, at - 3, at + 1, 16);
            }
            default -> c;
        };
    }

    static String text(List<Value> values) {
        return values.stream().map(CompositeKey::text).collect(Collectors.joining(",", "[", "]"));
    }

    private static String text(Value value) {
        return switch (value) {
            case Value.Null ignored -> "null";
            case Value.Bool(boolean bool) -> Boolean.toString(bool);
            case Value.Whole(long whole) -> Long.toString(whole);
            case Value.Real32(float real) -> Float.isFinite(real) ? Float.toString(real) : quoted(Float.toString(real));
            case Value.Real64(double real) ->
                Double.isFinite(real) ? Double.toString(real) : quoted(Double.toString(real));
            case Value.Text(String content) -> quoted(content);
            case Value.Bytes(var bytes) -> quoted(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Value.Items(var items) -> text(items);
        };
    }

    private static String quoted(String content) {
        StringBuilder json = new StringBuilder(content.length() + 2).append('"');
        for (int i = 0; i < content.length(); i++) {
            char c = content.charAt(i);
            switch (c) {
                case '"', '\\' -> json.append('\\').append(c);
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                default -> json.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
            }
        }
        return json.append('"').toString();
    }
}
