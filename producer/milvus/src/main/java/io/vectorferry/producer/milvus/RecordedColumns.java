package io.vectorferry.producer.milvus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.KeyValuePair;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The columns and their exact types, as ferry records them in a property of a collection that it fills: the fields alone
 * cannot distinguish a timestamp from a number, and a field's name may differ from its column's.
 */
record RecordedColumns(List<String> vectors, Map<String, FieldType> fields) {
    private static final String PROPERTY = "vectorferry.columns";
    private static final JsonFactory JSON = new JsonFactory();

    RecordedColumns {
        vectors = List.copyOf(vectors);
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Returns what is recorded; nothing if another program fills the collection. */
    static RecordedColumns of(DescribeCollectionResponse described) {
        for (KeyValuePair property : described.getPropertiesList()) {
            if (property.getKey().equals(PROPERTY)) {
                return parse(property.getValue());
            }
        }
        return new RecordedColumns(List.of(), Map.of());
    }

    private static RecordedColumns parse(String text) {
        List<String> vectors = new ArrayList<>();
        Map<String, FieldType> fields = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
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
            return new RecordedColumns(vectors, fields);
        } catch (IOException | IllegalArgumentException | NullPointerException e) {
            throw FerryException.misconfigured(
                    "the collection property %s is damaged or was not written by ferry".formatted(PROPERTY),
                    "Remove that property.",
                    e);
        }
    }
}
