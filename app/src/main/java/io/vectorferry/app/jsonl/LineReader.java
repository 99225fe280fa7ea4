package io.vectorferry.app.jsonl;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns lines into rows by the schema lines before them. For one file. */
final class LineReader {
    private final Map<String, Map<String, FieldType>> fields = new HashMap<>();
    private final Map<String, VectorColumn> vectors = new HashMap<>();

    void declare(JsonNode schema) {
        String collection = schema.path(LineFormat.SCHEMA).asText();
        Map<String, FieldType> known = fields.computeIfAbsent(collection, c -> new HashMap<>());
        schema.path(LineFormat.FIELDS)
                .properties()
                .forEach(field -> known.put(
                        field.getKey(), TypeText.parse(field.getValue().asText())));
        JsonNode vector = schema.path(LineFormat.VECTOR);
        if (vector.isObject()) {
            vectors.put(
                    collection,
                    new VectorColumn(
                            vector.path(LineFormat.NAME).asText(),
                            VectorElement.valueOf(
                                    vector.path(LineFormat.ELEMENT).asText().toUpperCase(Locale.ROOT)),
                            vector.path(LineFormat.DIMENSION).asInt(),
                            null));
        }
    }

    JsonlRow row(JsonNode line) {
        String collection = line.path(LineFormat.COLLECTION).asText();
        JsonNode id = line.path(LineFormat.ID);
        TargetKey.Id key = id.isIntegralNumber() && id.canConvertToLong()
                ? new TargetKey.NumberId(id.longValue())
                : new TargetKey.TextId(textual(id));
        Map<String, FieldType> types = fields.getOrDefault(collection, Map.of());
        List<Field> values = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : line.path(LineFormat.FIELDS).properties()) {
            FieldType type = types.get(field.getKey());
            if (type == null) {
                throw new IllegalArgumentException("no schema line declares its field " + field.getKey());
            }
            values.add(new Field(field.getKey(), type, ValueJson.read(field.getValue(), type)));
        }
        return new JsonlRow(new TargetKey(collection, key), new Row(vector(collection, line), values));
    }

    private @Nullable VectorColumn vector(String collection, JsonNode line) {
        if (!line.has(LineFormat.VECTOR)) {
            return null;
        }
        VectorColumn shape = vectors.get(collection);
        if (shape == null) {
            throw new IllegalArgumentException("no schema line declares its vector");
        }
        JsonNode vector = line.path(LineFormat.VECTOR);
        if (vector.isNull()) {
            return shape;
        }
        byte[] bytes = Base64.getDecoder().decode(textual(vector));
        int dimension = line.path(LineFormat.DIMENSION).asInt(shape.dimension());
        return new VectorColumn(
                shape.name(), shape.element(), shape.dimension(), Vector.ofBytes(shape.element(), dimension, bytes));
    }

    private static String textual(JsonNode json) {
        if (!json.isTextual()) {
            throw new IllegalArgumentException("its id or its vector is missing");
        }
        return json.textValue();
    }
}
