package io.vectorferry.app.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.config.PipelineConfig.IdPolicy;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.stream.TargetIds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code ids: preserve}: the key follows from the id, but not the collection. */
record PreservedIds(List<String> collections) implements RowIds {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TargetIds IDS = TargetIds.by(IdPolicy.PRESERVE);

    @Override
    public TargetKey.Id of(SourceKey key) {
        return IDS.of(key).id();
    }

    @Override
    public Map<TargetKey.Id, List<SourceKey>> keysOf(Collection<TargetKey.Id> ids) {
        Map<TargetKey.Id, List<SourceKey>> keys = new HashMap<>();
        for (TargetKey.Id id : ids) {
            List<SourceKey> possible = new ArrayList<>();
            for (List<Value> parts : parts(id)) {
                for (String collection : collections) {
                    SourceKey key = new SourceKey(collection, parts);
                    if (of(key).equals(id)) {
                        possible.add(key);
                    }
                }
            }
            keys.put(id, possible);
        }
        return keys;
    }

    private static List<List<Value>> parts(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId(long number) -> List.of(List.of(new Value.Whole(number)));
            case TargetKey.TextId(String text) ->
                text.startsWith("[")
                        ? List.of(List.of(new Value.Text(text)), columns(text))
                        : List.of(List.of(new Value.Text(text)));
        };
    }

    /** Of a composite key; what is none leads to no row. */
    private static List<Value> columns(String text) {
        List<Value> parts = new ArrayList<>();
        try {
            for (JsonNode part : JSON.readTree(text)) {
                if (part.isIntegralNumber()) {
                    parts.add(new Value.Whole(part.longValue()));
                } else if (part.isFloatingPointNumber()) {
                    parts.add(new Value.Real64(part.doubleValue()));
                } else if (part.isBoolean()) {
                    parts.add(new Value.Bool(part.booleanValue()));
                } else {
                    parts.add(new Value.Text(part.asText()));
                }
            }
        } catch (JsonProcessingException e) {
            return List.of();
        }
        return parts;
    }
}
