package io.vectorferry.sink.milvus.write;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * The dynamic field of a row: a JSON object of the columns that have no field of their own. A NULL is left out; JSON
 * goes in as it is; what JSON has no value for (bytes, NaN, infinities) is text, which the catalog tells apart.
 */
public final class DynamicJson {
    /** Maximum of one row, in every version of Milvus. */
    static final int MAX_BYTES = 65_536;

    private static final JsonFactory JSON = new JsonFactory();

    private DynamicJson() {}

    public static ByteString of(List<Field> fields, Map<String, ?> elsewhere) {
        ByteString.Output bytes = ByteString.newOutput(256);
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            for (Field field : fields) {
                if (!(field.value() instanceof Value.Null) && !elsewhere.containsKey(field.name())) {
                    json.writeFieldName(field.name());
                    write(json, field.type(), field.value());
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteString();
    }

    private static void write(JsonGenerator json, FieldType type, Value value) throws IOException {
        switch (value) {
            case Value.Null() -> json.writeNull();
            case Value.Bool(boolean bool) -> json.writeBoolean(bool);
            case Value.Whole(long whole) -> json.writeNumber(whole);
            case Value.Real32(float real) -> {
                if (Float.isFinite(real)) {
                    json.writeNumber(real);
                } else {
                    json.writeString(Float.toString(real));
                }
            }
            case Value.Real64(double real) -> {
                if (Double.isFinite(real)) {
                    json.writeNumber(real);
                } else {
                    json.writeString(Double.toString(real));
                }
            }
            case Value.Text(String text) -> {
                if (type.name() == FieldType.Name.JSON) {
                    json.writeRawValue(text);
                } else {
                    json.writeString(text);
                }
            }
            case Value.Bytes(ByteString bytes) ->
                json.writeString(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Value.Items(List<Value> items) -> {
                json.writeStartArray();
                for (Value item : items) {
                    write(json, type, item);
                }
                json.writeEndArray();
            }
        }
    }
}
