package io.vectorferry.sink.chroma;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Value;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** Conditions in Chroma's filter language, {@code where}. */
final class WhereFilter {
    private static final JsonFactory JSON = new JsonFactory();

    private WhereFilter() {}

    /** Returns the filter that is met by records that meet every condition; empty for none. */
    static String of(List<FieldCondition> conditions) {
        if (conditions.isEmpty()) {
            return "";
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("$and");
            for (FieldCondition condition : conditions) {
                json.writeStartObject();
                json.writeObjectFieldStart(condition.field());
                json.writeFieldName(operator(condition));
                MetadataValues.write(json, condition.value());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static String operator(FieldCondition condition) {
        boolean isNumber = condition.value() instanceof Value.Whole
                || condition.value() instanceof Value.Real32
                || condition.value() instanceof Value.Real64;
        if (condition.operator() != FieldCondition.Operator.EQUAL && !isNumber) {
            throw FerryException.misconfigured(
                    "Chroma's filters order numbers only, and %s is compared with another value"
                            .formatted(condition.field()),
                    "Compare it with a number, or use ==.");
        }
        return switch (condition.operator()) {
            case EQUAL -> "$eq";
            case LESS -> "$lt";
            case LESS_OR_EQUAL -> "$lte";
            case GREATER -> "$gt";
            case GREATER_OR_EQUAL -> "$gte";
        };
    }
}
