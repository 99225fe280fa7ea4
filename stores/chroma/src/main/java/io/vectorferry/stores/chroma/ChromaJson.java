package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The shapes of requests and answers of Chroma's API v2. Stateless. */
public final class ChromaJson {
    /** A document may be as long as the server takes; Jackson's own limit is 20 MB. */
    private static final int MAX_TEXT_CHARS = 256 * 1024 * 1024;

    private static final int MAX_ERROR_CHARS = 300;
    private static final List<String> VALUE_KINDS = List.of("int", "float", "bool", "string", "sparse_vector");

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(MAX_TEXT_CHARS)
                    .build())
            .build();
    private static final ObjectMapper MAPPER = new ObjectMapper(JSON);

    private ChromaJson() {}

    private static JsonParser parser(byte[] answer) throws IOException {
        return parser(answer, 0);
    }

    static JsonParser parser(byte[] answer, int from) throws IOException {
        return JSON.createParser(answer, from, answer.length - from);
    }

    /** Asks for these records with all that belongs to them. */
    static String request(List<String> ids) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("ids");
            for (String id : ids) {
                json.writeString(id);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("include");
            for (String part : List.of("embeddings", "documents", "metadatas", "uris")) {
                json.writeString(part);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    static String text(byte[] answer) {
        return tree(answer).asText();
    }

    static long number(byte[] answer) {
        JsonNode number = tree(answer);
        if (!number.canConvertToLong()) {
            throw ChromaClient.unreadable(new IOException("it is not a number"));
        }
        return number.asLong();
    }

    /** Returns Chroma's error text, which names collections and limits but no records. */
    public static String error(byte[] answer) {
        try {
            String said = MAPPER.readTree(answer).path("message").asText("");
            return said.substring(0, Math.min(MAX_ERROR_CHARS, said.length()));
        } catch (IOException e) {
            return "no reason given";
        }
    }

    public static List<String> ids(byte[] answer) {
        List<String> ids = new ArrayList<>();
        try (JsonParser json = parser(answer)) {
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.FIELD_NAME
                        && json.currentName().equals("ids")) {
                    json.nextToken();
                    while (json.nextToken() == JsonToken.VALUE_STRING) {
                        ids.add(json.getText());
                    }
                    return ids;
                }
            }
        } catch (IOException e) {
            throw ChromaClient.unreadable(e);
        }
        throw ChromaClient.unreadable(new IOException("it has no ids"));
    }

    public static List<ChromaCollection> collections(byte[] answer) {
        List<ChromaCollection> collections = new ArrayList<>();
        JsonNode all = tree(answer);
        if (!all.isArray()) {
            throw ChromaClient.unreadable(new IOException("it is not a list of collections"));
        }
        all.forEach(one -> collections.add(collection(one)));
        return collections;
    }

    public static ChromaCollection collection(byte[] answer) {
        return collection(tree(answer));
    }

    /** Reads a collection; a gateway's response must not look like a server without collections. */
    private static ChromaCollection collection(JsonNode one) {
        if (!one.path("name").isTextual() || !one.path("id").isTextual()) {
            throw ChromaClient.unreadable(new IOException("it describes no collection"));
        }
        return new ChromaCollection(
                one.path("name").asText(),
                one.path("id").asText(),
                one.path("dimension").asInt(0),
                space(one),
                metadataTypes(one.path("schema").path("keys")));
    }

    /**
     * Returns the space; that of the metadata, set by an old client, takes precedence, because the configuration of an
     * old database has only the default.
     */
    private static String space(JsonNode collection) {
        String inMetadata = collection.path("metadata").path("hnsw:space").asText("");
        if (!inMetadata.isEmpty()) {
            return inMetadata;
        }
        JsonNode configuration = collection.path("configuration_json");
        String space = configuration.path("hnsw").path("space").asText("");
        return space.isEmpty() ? configuration.path("spann").path("space").asText("") : space;
    }

    /** The keys that begin with a hash sign are the server's own. */
    private static Map<String, Set<String>> metadataTypes(JsonNode keys) {
        Map<String, Set<String>> types = new TreeMap<>();
        for (Map.Entry<String, JsonNode> key : keys.properties()) {
            Set<String> kinds = new TreeSet<>();
            VALUE_KINDS.stream().filter(key.getValue()::hasNonNull).forEach(kinds::add);
            if (!key.getKey().startsWith("#") && !kinds.isEmpty()) {
                types.put(key.getKey(), kinds);
            }
        }
        return types;
    }

    private static JsonNode tree(byte[] answer) {
        try {
            return MAPPER.readTree(answer);
        } catch (IOException e) {
            throw ChromaClient.unreadable(e);
        }
    }
}
