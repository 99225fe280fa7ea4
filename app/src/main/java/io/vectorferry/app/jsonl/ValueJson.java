package io.vectorferry.app.jsonl;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A field's value as JSON and back, exactly. Stateless. */
final class ValueJson {
    private ValueJson() {}

    static void write(JsonGenerator json, Value value) throws IOException {
        switch (value) {
            case Value.Null ignored -> json.writeNull();
            case Value.Bool(boolean bool) -> json.writeBoolean(bool);
            case Value.Whole(long whole) -> json.writeNumber(whole);
            // Widened, which is exact: the shortest text of a float is not always read back by way of a double.
            case Value.Real32(float real) -> writeReal(json, real);
            case Value.Real64(double real) -> writeReal(json, real);
            case Value.Text(String text) -> json.writeString(text);
            case Value.Bytes(ByteString bytes) ->
                json.writeString(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Value.Items(List<Value> items) -> {
                json.writeStartArray();
                for (Value item : items) {
                    write(json, item);
                }
                json.writeEndArray();
            }
        }
    }

    private static void writeReal(JsonGenerator json, double real) throws IOException {
        if (Double.isFinite(real)) {
            json.writeNumber(real);
        } else {
            json.writeString(Double.toString(real));
        }
    }

    static Value read(JsonNode json, FieldType type) {
        if (json.isNull()) {
            return Value.NULL;
        }
        if (type.list()) {
            List<Value> items = new ArrayList<>(json.size());
            json.forEach(item -> items.add(read(item, type.elementType())));
            return new Value.Items(items);
        }
        return switch (type.name()) {
            case BOOL -> new Value.Bool(json.booleanValue());
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> new Value.Whole(whole(json));
            case REAL32 -> new Value.Real32((float) real(json));
            case REAL64 -> new Value.Real64(real(json));
            case DECIMAL, TEXT, UUID, JSON -> new Value.Text(json.asText());
            case BYTES ->
                new Value.Bytes(ByteString.copyFrom(Base64.getDecoder().decode(json.asText())));
        };
    }

    private static long whole(JsonNode json) {
        if (!json.canConvertToLong() || !json.isIntegralNumber()) {
            throw new IllegalArgumentException("not an integer of 64 bits");
        }
        return json.longValue();
    }

    private static double real(JsonNode json) {
        try {
            return json.isNumber() ? json.doubleValue() : Double.parseDouble(json.asText());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("no number"); // its text quotes the value
        }
    }
}
