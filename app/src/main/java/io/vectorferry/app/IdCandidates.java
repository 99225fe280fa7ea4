package io.vectorferry.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.Value;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The keys that a word on the command line may mean: a number, a text, or the columns of a composite key as a JSON array. */
final class IdCandidates {
    private static final ObjectMapper JSON = new ObjectMapper();

    private IdCandidates() {}

    static List<SourceKey> of(String word, List<String> collections) {
        List<List<Value>> keys = new ArrayList<>();
        if (word.matches("-?\\d{1,19}") && new BigInteger(word).bitLength() < Long.SIZE) {
            keys.add(List.of(new Value.Whole(Long.parseLong(word))));
        }
        keys.add(List.of(new Value.Text(word)));
        if (word.startsWith("[")) {
            keys.add(composite(word));
        }
        return collections.stream()
                .flatMap(collection -> keys.stream().map(parts -> new SourceKey(collection, parts)))
                .toList();
    }

    private static List<Value> composite(String word) {
        List<Value> parts = new ArrayList<>();
        try {
            for (JsonNode part : JSON.readTree(word)) {
                if (part.isIntegralNumber()) {
                    parts.add(new Value.Whole(part.longValue()));
                } else if (part.isBoolean()) {
                    parts.add(new Value.Bool(part.booleanValue()));
                } else {
                    parts.add(new Value.Text(part.asText()));
                }
            }
        } catch (JsonProcessingException e) {
            return List.of(new Value.Text(word)); // a text that only begins so
        }
        return parts;
    }
}
