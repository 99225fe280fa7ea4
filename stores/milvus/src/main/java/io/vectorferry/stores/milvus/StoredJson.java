package io.vectorferry.stores.milvus;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the dynamic field of a row back into values of their columns' types. */
public final class StoredJson {
    private static final JsonFactory JSON = new JsonFactory();

    private final byte[] bytes;
    private final JsonParser json;

    private StoredJson(byte[] bytes, JsonParser json) {
        this.bytes = bytes;
        this.json = json;
    }

    /** The fields that are there; a column of unknown type has the type that its value suggests. */
    public static Map<String, Field> fields(ByteString object, Map<String, FieldType> types) {
        byte[] bytes = object.toByteArray();
        Map<String, Field> fields = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            StoredJson stored = new StoredJson(bytes, json);
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                fields.put(name, stored.field(name, types.get(name)));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw FerryException.misconfigured(
                    "the dynamic field of a row contains something that ferry did not write",
                    "Only ferry may write to a collection that it replicates to.",
                    e);
        }
        return fields;
    }

    /** A value of another kind than its column's comes back as it is, and is found to differ. */
    private Field field(String name, @Nullable FieldType known) throws IOException {
        FieldType type = known == null || !isOf(known) ? suggested() : known;
        return new Field(name, type, value(type));
    }

    private boolean isOf(FieldType type) {
        JsonToken token = json.currentToken();
        return token == JsonToken.VALUE_NULL
                || (type.list() ? token == JsonToken.START_ARRAY : isOf(type.name(), token));
    }

    private static boolean isOf(FieldType.Name name, JsonToken token) {
        return switch (name) {
            case BOOL -> token.isBoolean();
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> token == JsonToken.VALUE_NUMBER_INT;
            case REAL32, REAL64 -> token.isNumeric() || token == JsonToken.VALUE_STRING;
            case DECIMAL, TEXT, UUID, BYTES -> token == JsonToken.VALUE_STRING;
            case JSON -> true;
        };
    }

    private FieldType suggested() {
        return FieldType.of(
                switch (json.currentToken()) {
                    case VALUE_TRUE, VALUE_FALSE -> FieldType.Name.BOOL;
                    case VALUE_NUMBER_INT -> FieldType.Name.INT64;
                    case VALUE_NUMBER_FLOAT -> FieldType.Name.REAL64;
                    case VALUE_STRING, VALUE_NULL -> FieldType.Name.TEXT;
                    case START_OBJECT,
                            START_ARRAY,
                            END_OBJECT,
                            END_ARRAY,
                            FIELD_NAME,
                            NOT_AVAILABLE,
                            VALUE_EMBEDDED_OBJECT -> FieldType.Name.JSON;
                });
    }

    /** A NULL among a list's items is a null in JSON; a NULL column is not there at all, so that the JSON null stays one. */
    private Value value(FieldType type) throws IOException {
        if (type.list() && json.currentToken() == JsonToken.START_ARRAY) {
            List<Value> items = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                items.add(json.currentToken() == JsonToken.VALUE_NULL ? Value.NULL : scalar(type));
            }
            return new Value.Items(items);
        }
        return json.currentToken() == JsonToken.VALUE_NULL && type.name() != FieldType.Name.JSON
                ? Value.NULL
                : scalar(type);
    }

    private Value scalar(FieldType type) throws IOException {
        if (type.name() == FieldType.Name.JSON) {
            return new Value.Text(raw());
        }
        return switch (type.name()) {
            case BOOL -> new Value.Bool(json.getBooleanValue());
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> new Value.Whole(json.getLongValue());
            case REAL32 -> new Value.Real32(Float.parseFloat(json.getText()));
            case REAL64 -> new Value.Real64(Double.parseDouble(json.getText()));
            case DECIMAL, TEXT, UUID -> new Value.Text(json.getText());
            case BYTES ->
                new Value.Bytes(ByteString.copyFrom(Base64.getDecoder().decode(json.getText())));
            case JSON -> throw new IllegalStateException("read above");
        };
    }

    /** The value as it was written, to its last blank. */
    private String raw() throws IOException {
        int start = (int) json.currentTokenLocation().getByteOffset();
        json.finishToken();
        json.skipChildren();
        int end = (int) json.currentLocation().getByteOffset();
        return new String(bytes, start, end - start, StandardCharsets.UTF_8).strip();
    }
}
