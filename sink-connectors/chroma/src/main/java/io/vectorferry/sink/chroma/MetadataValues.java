package io.vectorferry.sink.chroma;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.stores.chroma.ExactFloats;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Values as Chroma's metadata holds them: booleans, integers, floats, texts, and lists of one of these. What it has no value for is a text:
 * bytes in Base64, NaN and infinities by their names, and as JSON a list that is empty, or holds a NULL or a number that Chroma does not
 * keep. The column's type in the catalog tells them apart.
 */
final class MetadataValues {
    private static final JsonFactory JSON = new JsonFactory();

    private MetadataValues() {}

    /** Whether Chroma takes the key: it reserves others, and a write with a key of its own ends its writing thread. */
    static boolean isLegalKey(String name) {
        return !name.isEmpty()
                && !name.startsWith("#")
                && !name.startsWith("$")
                && !name.startsWith("chroma:")
                && !name.startsWith(ExactFloats.PREFIX);
    }

    static void write(JsonGenerator json, Value value) throws IOException {
        if (value instanceof Value.Items(List<Value> items)) {
            if (!items.isEmpty() && items.stream().allMatch(MetadataValues::isPlain)) {
                json.writeStartArray();
                for (Value item : items) {
                    scalar(json, item);
                }
                json.writeEndArray();
            } else {
                json.writeString(listText(items));
            }
        } else {
            scalar(json, value);
        }
    }

    /** Whether a list may hold the item as it is. */
    private static boolean isPlain(Value item) {
        return switch (item) {
            case Value.Null() -> false;
            case Value.Real32(float real) -> isKept(real);
            case Value.Real64(double real) -> ExactFloats.isKept(real);
            case Value.Items ignored -> false;
            case Value.Bool ignored -> true;
            case Value.Whole ignored -> true;
            case Value.Text ignored -> true;
            case Value.Bytes ignored -> true;
        };
    }

    private static boolean isKept(float real) {
        return Float.isFinite(real) && (real != 0 || 1 / real > 0);
    }

    private static void scalar(JsonGenerator json, Value value) throws IOException {
        switch (value) {
            case Value.Null() -> json.writeNull();
            case Value.Bool(boolean bool) -> json.writeBoolean(bool);
            case Value.Whole(long whole) -> json.writeNumber(whole);
            case Value.Real32(float real) -> {
                if (isKept(real)) {
                    json.writeNumber(ExactFloats.digits(real));
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
            case Value.Text(String text) -> json.writeString(text);
            case Value.Bytes(ByteString bytes) -> json.writeString(base64(bytes));
            case Value.Items(List<Value> items) -> json.writeString(listText(items));
        }
    }

    private static String base64(ByteString bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static String listText(List<Value> items) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartArray();
            for (Value item : items) {
                switch (item) {
                    case Value.Real32(float real) -> json.writeString(Double.toString(real));
                    case Value.Real64(double real) -> json.writeString(Double.toString(real));
                    case Value.Null ignored -> json.writeNull();
                    case Value.Bool ignored -> scalar(json, item);
                    case Value.Whole ignored -> scalar(json, item);
                    case Value.Text ignored -> scalar(json, item);
                    case Value.Bytes ignored -> scalar(json, item);
                    case Value.Items ignored -> scalar(json, item);
                }
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Returns the value that a column of the type has where Chroma returned this; empty if it is none of that type. */
    static Optional<Value> read(FieldType type, Value found) {
        if (found instanceof Value.Null) {
            return Optional.of(Value.NULL);
        }
        try {
            if (!type.list()) {
                return Optional.of(scalar(type.name(), found));
            }
            List<Value> items = new ArrayList<>();
            for (Value item : found instanceof Value.Text(String text) ? parsed(text) : items(found)) {
                items.add(item instanceof Value.Null ? item : scalar(type.name(), item));
            }
            return Optional.of(new Value.Items(items));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<Value> items(Value found) {
        if (found instanceof Value.Items(List<Value> items)) {
            return items;
        }
        throw new IllegalArgumentException("no list");
    }

    private static Value scalar(FieldType.Name type, Value found) {
        return switch (type) {
            case BOOL -> exactly(Value.Bool.class, found);
            case INT16, INT32, INT64, DATE, TIME, TIMESTAMP, TIMESTAMPTZ -> exactly(Value.Whole.class, found);
            case REAL32 -> new Value.Real32((float) real(found));
            case REAL64 -> new Value.Real64(real(found));
            case DECIMAL, TEXT, UUID, JSON -> exactly(Value.Text.class, found);
            case BYTES ->
                new Value.Bytes(ByteString.copyFrom(Base64.getDecoder()
                        .decode(exactly(Value.Text.class, found).value())));
        };
    }

    private static <V extends Value> V exactly(Class<V> kind, Value found) {
        if (!kind.isInstance(found)) {
            throw new IllegalArgumentException("not a " + kind.getSimpleName().toLowerCase(Locale.ROOT));
        }
        return kind.cast(found);
    }

    private static double real(Value found) {
        return switch (found) {
            case Value.Real64(double real) -> real;
            case Value.Whole(long whole) -> whole;
            case Value.Text(String text) -> Double.parseDouble(text);
            case Value.Real32(float real) -> real;
            case Value.Null ignored -> throw new IllegalArgumentException("no number");
            case Value.Bool ignored -> throw new IllegalArgumentException("no number");
            case Value.Bytes ignored -> throw new IllegalArgumentException("no number");
            case Value.Items ignored -> throw new IllegalArgumentException("no number");
        };
    }

    private static List<Value> parsed(String text) {
        List<Value> items = new ArrayList<>();
        try (JsonParser json = JSON.createParser(text)) {
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new IllegalArgumentException("no list");
            }
            while (json.nextToken() != JsonToken.END_ARRAY) {
                JsonToken token = json.currentToken();
                if (token == JsonToken.VALUE_NULL) {
                    items.add(Value.NULL);
                } else if (token == JsonToken.VALUE_TRUE || token == JsonToken.VALUE_FALSE) {
                    items.add(new Value.Bool(token == JsonToken.VALUE_TRUE));
                } else if (token == JsonToken.VALUE_NUMBER_INT) {
                    items.add(new Value.Whole(json.getLongValue()));
                } else if (token == JsonToken.VALUE_STRING) {
                    items.add(new Value.Text(json.getText()));
                } else {
                    throw new IllegalArgumentException("no list of values");
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("no list", e);
        }
        return items;
    }
}
