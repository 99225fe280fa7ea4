package io.vectorferry.sink.spi.parts;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The source's columns and their exact types, kept as a property of the target's collection: its own values
 * cannot distinguish a timestamp from a number, and a field's name may differ from its column's.
 */
public record ColumnCatalog(List<String> vectors, Map<String, FieldType> fields) {
    public static final String PROPERTY = "vectorferry.columns";
    private static final FieldType INT64 = FieldType.of(FieldType.Name.INT64);
    private static final FieldType REAL = FieldType.of(FieldType.Name.REAL64);
    private static final JsonFactory JSON = new JsonFactory();

    public ColumnCatalog {
        vectors = List.copyOf(vectors);
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Creates the catalog of a collection with one vector, which is empty where it has none. */
    public ColumnCatalog(String vectorColumn, Map<String, FieldType> fields) {
        this(List.of(vectorColumn), fields);
    }

    /** Returns the first vector; empty if there is none. */
    public String vectorColumn() {
        return vectors.isEmpty() ? "" : vectors.getFirst();
    }

    /**
     * Returns a catalog with the columns of both; a wider type of the same kind replaces the known one, and float64
     * replaces integers.
     */
    public ColumnCatalog grownBy(Map<String, FieldType> more) {
        Map<String, FieldType> all = new LinkedHashMap<>(fields);
        more.forEach((name, type) -> all.merge(
                name, type, (known, came) -> isWhole(known) && came.equals(REAL) ? came : known.widenedBy(came)));
        return new ColumnCatalog(vectors, all);
    }

    public static boolean isWhole(FieldType type) {
        return INT64.holds(type);
    }

    public String text() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartArray();
            for (String vector : vectors) {
                json.writeString(vector);
            }
            for (Map.Entry<String, FieldType> field : fields.entrySet()) {
                FieldType type = field.getValue();
                json.writeStartArray();
                json.writeString(field.getKey());
                json.writeString(type.name().name());
                json.writeBoolean(type.list());
                json.writeNumber(type.precision());
                json.writeNumber(type.scale());
                json.writeEndArray();
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    public static ColumnCatalog parse(String text) {
        Map<String, FieldType> fields = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
            List<String> vectors = new ArrayList<>();
            while (json.nextToken() == JsonToken.VALUE_STRING) {
                vectors.add(json.getText());
            }
            for (; json.currentToken() == JsonToken.START_ARRAY; json.nextToken()) {
                String name = json.nextTextValue();
                FieldType.Name type = FieldType.Name.valueOf(json.nextTextValue());
                boolean list = Boolean.TRUE.equals(json.nextBooleanValue());
                int precision = json.nextIntValue(0);
                fields.put(name, new FieldType(type, list, precision, json.nextIntValue(0)));
                json.nextToken();
            }
            return new ColumnCatalog(vectors, fields);
        } catch (IOException | IllegalArgumentException | NullPointerException e) {
            throw FerryException.misconfigured(
                    "the collection property %s is damaged or was not written by ferry".formatted(PROPERTY),
                    "Set another `collection`, or remove that property.",
                    e);
        }
    }
}
