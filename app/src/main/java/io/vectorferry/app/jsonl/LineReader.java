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

/** Turns lines into rows by the schema lines before them. For one file. */
final class LineReader {
    private final Map<String, Map<String, FieldType>> fields = new HashMap<>();
    private final Map<String, List<VectorColumn>> vectors = new HashMap<>();

    void declare(JsonNode schema) {
        String collection = schema.path(LineFormat.SCHEMA).asText();
        Map<String, FieldType> known = fields.computeIfAbsent(collection, c -> new HashMap<>());
        schema.path(LineFormat.FIELDS)
                .properties()
                .forEach(field -> known.put(
                        field.getKey(), TypeText.parse(field.getValue().asText())));
        JsonNode vector = schema.path(LineFormat.VECTOR);
        if (vector.isObject()) {
            vectors.put(collection, List.of(shape(vector)));
        }
        JsonNode several = schema.path(LineFormat.VECTORS);
        if (several.isArray()) {
            List<VectorColumn> shapes = new ArrayList<>();
            several.forEach(one -> shapes.add(shape(one)));
            vectors.put(collection, shapes);
        }
    }

    private static VectorColumn shape(JsonNode vector) {
        return new VectorColumn(
                vector.path(LineFormat.NAME).asText(),
                VectorElement.valueOf(vector.path(LineFormat.ELEMENT).asText().toUpperCase(Locale.ROOT)),
                vector.path(LineFormat.DIMENSION).asInt(),
                null);
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
        return new JsonlRow(new TargetKey(collection, key), Row.of(vectors(collection, line), values));
    }

    private List<VectorColumn> vectors(String collection, JsonNode line) {
        if (!line.has(LineFormat.VECTOR)) {
            return List.of();
        }
        List<VectorColumn> shapes = vectors.getOrDefault(collection, List.of());
        JsonNode vector = line.path(LineFormat.VECTOR);
        if (vector.isObject()) {
            List<VectorColumn> row = new ArrayList<>();
            vector.properties().forEach(one -> row.add(oneOfSeveral(shapes, one.getKey(), one.getValue())));
            return row;
        }
        if (shapes.isEmpty()) {
            throw new IllegalArgumentException("no schema line declares its vector");
        }
        return List.of(vector(shapes.getFirst(), vector, line.path(LineFormat.DIMENSION)));
    }

    private static VectorColumn oneOfSeveral(List<VectorColumn> shapes, String name, JsonNode value) {
        VectorColumn shape = shapes.stream()
                .filter(candidate -> candidate.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no schema line declares its vector " + name));
        return value.isObject()
                ? vector(shape, value.path(LineFormat.VALUES), value.path(LineFormat.DIMENSION))
                : vector(shape, value, value.path(LineFormat.DIMENSION));
    }

    private static VectorColumn vector(VectorColumn shape, JsonNode values, JsonNode ownDimension) {
        if (values.isNull()) {
            return shape;
        }
        byte[] bytes = Base64.getDecoder().decode(textual(values));
        int dimension = ownDimension.asInt(shape.dimension());
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
