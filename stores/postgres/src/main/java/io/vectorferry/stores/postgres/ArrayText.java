package io.vectorferry.stores.postgres;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** PostgreSQL's array text, {@code {1,NULL,"a,b"}}, as "Array Input and Output Syntax" describes it; nested braces are flattened, as the binary form is. */
public final class ArrayText {
    private final FieldType element;
    private final String text;
    private final List<Value> items = new ArrayList<>();
    private int at;

    private ArrayText(FieldType element, String text) {
        this.element = element;
        this.text = text;
    }

    public static Value parse(FieldType type, String text) {
        ArrayText array = new ArrayText(type.elementType(), text);
        array.read();
        return new Value.Items(array.items);
    }

    private void read() {
        // Bounds other than 1 stand before the braces: [0:2]={1,2,3}
        at = text.indexOf('{');
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '{' || c == '}' || c == ',') {
                at++;
            } else if (c == '"') {
                items.add(scalar(element, quoted()));
            } else {
                int from = at;
                while (at < text.length() && text.charAt(at) != ',' && text.charAt(at) != '}') {
                    at++;
                }
                String plain = text.substring(from, at);
                items.add(plain.equals("NULL") ? Value.NULL : scalar(element, plain));
            }
        }
    }

    private String quoted() {
        StringBuilder unquoted = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            if (text.charAt(at) == '\\') {
                at++;
            }
            unquoted.append(text.charAt(at));
        }
        at++;
        return unquoted.toString();
    }

    /** One value by itself, as PostgreSQL prints it. */
    public static Value scalar(FieldType type, String item) {
        return switch (type.name()) {
            case BOOL -> new Value.Bool(item.equals("t") || item.equals("true"));
            case INT16, INT32, INT64 -> new Value.Whole(Long.parseLong(item));
            case REAL32 -> new Value.Real32(Float.parseFloat(item));
            case REAL64 -> new Value.Real64(Double.parseDouble(item));
            case DECIMAL ->
                new Value.Text(
                        Character.isLetter(item.charAt(item.length() - 1))
                                ? item
                                : new BigDecimal(item).toPlainString());
            case TEXT, UUID, JSON -> new Value.Text(item);
            case BYTES -> new Value.Bytes(ByteString.copyFrom(HexFormat.of().parseHex(item.substring(2))));
            case DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> TimeText.parse(type.name(), item);
        };
    }
}
