package io.vectorferry.app.terminal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.row.Value;
import java.util.List;

/** A row's key as JSON: of one column that column's value, of several an array. */
public final class SourceKeyJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private SourceKeyJson() {}

    public static JsonNode of(SourceKey key) {
        return key.parts().size() == 1 ? of(key.parts().getFirst()) : array(key.parts());
    }

    private static JsonNode of(Value value) {
        return switch (value) {
            case Value.Null n -> NODES.nullNode();
            case Value.Bool(boolean bool) -> NODES.booleanNode(bool);
            case Value.Whole(long whole) -> NODES.numberNode(whole);
            case Value.Real32(float real) -> NODES.numberNode(real);
            case Value.Real64(double real) -> NODES.numberNode(real);
            case Value.Text(String text) -> NODES.textNode(text);
            case Value.Bytes(var bytes) -> NODES.binaryNode(bytes.toByteArray());
            case Value.Items(List<Value> items) -> array(items);
        };
    }

    private static ArrayNode array(List<Value> values) {
        ArrayNode array = NODES.arrayNode();
        values.forEach(value -> array.add(of(value)));
        return array;
    }
}
