package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One record's metadata as typed fields, in the order of their names, since Chroma keeps none. Stateless but for its types. */
public final class MetadataReader {
    /** The largest magnitude up to which every whole number is a double. */
    private static final long MAX_EXACT = 1L << 53;

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final MetadataTypes types;

    /** @param problem why the record cannot be published; null where it can */
    record Metadata(List<Field> fields, @Nullable String problem) {}

    MetadataReader(MetadataTypes types) {
        this.types = types;
    }

    /** Reads the metadata, starting at the value. */
    public Metadata read(JsonParser json) throws IOException {
        List<Field> fields = new ArrayList<>();
        String problem = null;
        if (json.currentToken() != JsonToken.START_OBJECT) {
            return new Metadata(fields, null);
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            JsonNode value = MAPPER.readTree(json);
            if (!value.isNull()) {
                try {
                    fields.add(field(name, value));
                } catch (ArithmeticException e) {
                    problem = "an integer of metadata key %s is too large to be exact as a float".formatted(name);
                }
            }
        }
        takeExact(fields);
        fields.sort(Comparator.comparing(Field::name));
        return new Metadata(fields, problem);
    }

    /** Replaces each float by its digits if a key of our own has them, and removes those keys. */
    private static void takeExact(List<Field> fields) {
        Map<String, Double> digits = new HashMap<>();
        for (Field field : fields) {
            if (field.name().startsWith(ExactFloats.PREFIX) && field.value() instanceof Value.Text(String text)) {
                digits.put(field.name().substring(ExactFloats.PREFIX.length()), parsed(text));
            }
        }
        if (digits.isEmpty()) {
            return;
        }
        fields.removeIf(field -> field.name().startsWith(ExactFloats.PREFIX));
        fields.replaceAll(field -> {
            Double exact = digits.get(field.name());
            return exact != null
                            && field.value() instanceof Value.Real64(double stored)
                            && ExactFloats.isOf(stored, exact)
                    ? new Field(field.name(), field.type(), new Value.Real64(exact))
                    : field;
        });
    }

    private static double parsed(String digits) {
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException e) {
            return Double.NaN; // is of no number
        }
    }

    private Field field(String name, JsonNode value) {
        FieldType.Name settled = types.mixed().get(name);
        if (value.isArray()) {
            FieldType.Name element = settled == null ? elementType(value) : settled;
            List<Value> items = new ArrayList<>();
            value.forEach(item -> items.add(item.isNull() ? Value.NULL : as(element, item)));
            return new Field(name, FieldType.listOf(element), new Value.Items(items));
        }
        FieldType.Name type = settled == null ? typeOf(value) : settled;
        return new Field(name, FieldType.of(type), as(type, value));
    }

    /** Whole numbers beside real ones are real; any other mixture is text. */
    private static FieldType.Name elementType(JsonNode list) {
        FieldType.@Nullable Name all = null;
        for (JsonNode item : list) {
            FieldType.Name type = typeOf(item);
            if (all == null || all == type) {
                all = type;
            } else {
                all = item.isNumber() && all != FieldType.Name.TEXT && all != FieldType.Name.BOOL
                        ? FieldType.Name.REAL64
                        : FieldType.Name.TEXT;
            }
        }
        return all == null ? FieldType.Name.TEXT : all;
    }

    private static FieldType.Name typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case BOOLEAN -> FieldType.Name.BOOL;
            case NUMBER ->
                value.canConvertToLong() && value.isIntegralNumber() ? FieldType.Name.INT64 : FieldType.Name.REAL64;
            case OBJECT -> FieldType.Name.JSON;
            case STRING, NULL, ARRAY, BINARY, MISSING, POJO -> FieldType.Name.TEXT;
        };
    }

    private static Value as(FieldType.Name type, JsonNode value) {
        if (type == FieldType.Name.TEXT || type == FieldType.Name.JSON) {
            return new Value.Text(value.isTextual() ? value.textValue() : value.toString());
        }
        if (type == FieldType.Name.BOOL) {
            return new Value.Bool(value.booleanValue());
        }
        if (type == FieldType.Name.INT64) {
            return new Value.Whole(value.longValue());
        }
        if (value.isIntegralNumber() && Math.absExact(value.longValue()) > MAX_EXACT) {
            throw new ArithmeticException("not exact");
        }
        return new Value.Real64(value.doubleValue());
    }
}
