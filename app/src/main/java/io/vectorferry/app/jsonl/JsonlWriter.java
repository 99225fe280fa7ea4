package io.vectorferry.app.jsonl;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes rows line by line; a schema line precedes the first row that shows something new. For one thread. */
final class JsonlWriter implements AutoCloseable {
    private static final JsonFactory JSON = new JsonFactory();

    private final OutputStream out;
    private final MessageDigest digest = LineFormat.digest();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Map<String, Map<String, FieldType>> fields = new HashMap<>();
    private final Map<String, Map<String, VectorColumn>> vectors = new HashMap<>();
    private long rows;

    /** Writes a line's content. */
    private interface Content {
        void writeTo(JsonGenerator json) throws IOException;
    }

    JsonlWriter(OutputStream out, String from) throws IOException {
        this.out = out;
        writeLine(json -> {
            json.writeNumberField(LineFormat.FORMAT, LineFormat.VERSION);
            json.writeStringField(LineFormat.FROM, from);
        });
    }

    long rows() {
        return rows;
    }

    void write(JsonlRow row) throws IOException {
        declare(row);
        boolean several = vectors.getOrDefault(row.key().collection(), Map.of()).size() > 1;
        writeLine(json -> {
            json.writeStringField(LineFormat.COLLECTION, row.key().collection());
            json.writeFieldName(LineFormat.ID);
            switch (row.key().id()) {
                case TargetKey.NumberId(long number) -> json.writeNumber(number);
                case TargetKey.TextId(String text) -> json.writeString(text);
            }
            if (several && row.row().vectorCount() > 0) {
                json.writeObjectFieldStart(LineFormat.VECTOR);
                for (VectorColumn column : row.row().vectors()) {
                    writeOneOfSeveral(json, column);
                }
                json.writeEndObject();
            } else if (row.row().vectorColumn() != null) {
                writeVector(json, row.row().vectorColumn());
            }
            json.writeObjectFieldStart(LineFormat.FIELDS);
            for (Field field : row.row().fields()) {
                json.writeFieldName(field.name());
                ValueJson.write(json, field.value());
            }
            json.writeEndObject();
        });
        rows++;
    }

    /** The last line: without it a file is not whole. */
    void end() throws IOException {
        String sum = HexFormat.of().formatHex(digest.digest());
        writeLine(json -> {
            json.writeNumberField(LineFormat.ROWS, rows);
            json.writeStringField(LineFormat.SHA256, sum);
        });
    }

    @Override
    public void close() throws IOException {
        out.close();
    }

    private static void writeVector(JsonGenerator json, VectorColumn column) throws IOException {
        Vector vector = column.vector();
        if (vector == null) {
            json.writeNullField(LineFormat.VECTOR);
            return;
        }
        json.writeStringField(
                LineFormat.VECTOR,
                Base64.getEncoder().encodeToString(vector.values().toByteArray()));
        if (vector.dimension() != column.dimension()) {
            json.writeNumberField(LineFormat.DIMENSION, vector.dimension());
        }
    }

    private static void writeOneOfSeveral(JsonGenerator json, VectorColumn column) throws IOException {
        Vector vector = column.vector();
        if (vector == null) {
            json.writeNullField(column.name());
            return;
        }
        String values = Base64.getEncoder().encodeToString(vector.values().toByteArray());
        if (vector.dimension() == column.dimension()) {
            json.writeStringField(column.name(), values);
            return;
        }
        json.writeObjectFieldStart(column.name());
        json.writeStringField(LineFormat.VALUES, values);
        json.writeNumberField(LineFormat.DIMENSION, vector.dimension());
        json.writeEndObject();
    }

    private void declare(JsonlRow row) throws IOException {
        String collection = row.key().collection();
        Map<String, FieldType> known = fields.computeIfAbsent(collection, c -> new HashMap<>());
        Map<String, FieldType> fresh = new LinkedHashMap<>();
        for (Field field : row.row().fields()) {
            if (!field.type().equals(known.put(field.name(), field.type()))) {
                fresh.put(field.name(), field.type());
            }
        }
        Map<String, VectorColumn> shapes = vectors.computeIfAbsent(collection, c -> new LinkedHashMap<>());
        boolean newVector = false;
        for (VectorColumn column : row.row().vectors()) {
            VectorColumn shape = new VectorColumn(column.name(), column.element(), column.dimension(), null);
            newVector |= !shape.equals(shapes.put(column.name(), shape));
        }
        if (newVector || !fresh.isEmpty()) {
            List<VectorColumn> declared = newVector ? List.copyOf(shapes.values()) : List.of();
            writeLine(json -> writeSchema(json, collection, fresh, declared));
        }
    }

    private static void writeSchema(
            JsonGenerator json, String collection, Map<String, FieldType> fresh, List<VectorColumn> vectors)
            throws IOException {
        json.writeStringField(LineFormat.SCHEMA, collection);
        json.writeObjectFieldStart(LineFormat.FIELDS);
        for (Map.Entry<String, FieldType> field : fresh.entrySet()) {
            json.writeStringField(field.getKey(), TypeText.of(field.getValue()));
        }
        json.writeEndObject();
        if (vectors.size() == 1) {
            json.writeFieldName(LineFormat.VECTOR);
            writeShape(json, vectors.getFirst());
        } else if (!vectors.isEmpty()) {
            json.writeArrayFieldStart(LineFormat.VECTORS);
            for (VectorColumn shape : vectors) {
                writeShape(json, shape);
            }
            json.writeEndArray();
        }
    }

    private static void writeShape(JsonGenerator json, VectorColumn shape) throws IOException {
        json.writeStartObject();
        json.writeStringField(LineFormat.NAME, shape.name());
        json.writeStringField(LineFormat.ELEMENT, shape.element().name().toLowerCase(Locale.ROOT));
        json.writeNumberField(LineFormat.DIMENSION, shape.dimension());
        json.writeEndObject();
    }

    private void writeLine(Content content) throws IOException {
        line.reset();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            content.writeTo(json);
            json.writeEndObject();
        }
        line.write('\n');
        byte[] bytes = line.toByteArray();
        digest.update(bytes);
        out.write(bytes);
    }
}
