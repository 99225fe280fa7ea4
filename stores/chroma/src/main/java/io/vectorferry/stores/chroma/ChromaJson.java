package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vectorferry.contracts.row.Vector;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
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
        return request(ids, List.of("embeddings", "documents", "metadatas", "uris"));
    }

    static String textsOf(List<String> ids) {
        return request(ids, List.of("documents", "uris"));
    }

    static String idsOnly(List<String> ids) {
        return request(ids, List.of());
    }

    private static String request(List<String> ids, List<String> include) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("ids");
            for (String id : ids) {
                json.writeString(id);
            }
            json.writeEndArray();
            if (!include.isEmpty()) {
                json.writeArrayFieldStart("include");
                for (String part : include) {
                    json.writeString(part);
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** Asks for the id of one record that meets the condition. */
    static String first(String where) {
        return "{\"include\":[],\"limit\":1,\"where\":%s}".formatted(where);
    }

    static String query(Vector query, int k, String where) {
        StringBuilder text = new StringBuilder("{\"query_embeddings\":[[");
        FloatBuffer floats = query.buffer().asFloatBuffer();
        for (int i = 0; i < floats.limit(); i++) {
            text.append(i == 0 ? "" : ",").append(floats.get(i));
        }
        text.append("]],\"include\":[\"distances\"],\"n_results\":").append(k);
        if (!where.isEmpty()) {
            text.append(",\"where\":").append(where);
        }
        return text.append('}').toString();
    }

    /** Returns what is to be the metadata of a collection: what it is, with these entries added or replaced. */
    static byte[] description(JsonNode present, Map<String, String> added) {
        ObjectNode all = present instanceof ObjectNode object ? object.deepCopy() : MAPPER.createObjectNode();
        added.forEach(all::put);
        ObjectNode request = MAPPER.createObjectNode();
        request.set("new_metadata", all);
        return bytes(request);
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ChromaLimits limits(byte[] answer) {
        JsonNode limits = tree(answer);
        return new ChromaLimits(
                limits.path("max_batch_size").asInt(0),
                limits.path("supports_base64_encoding").asBoolean(false));
    }

    static List<Neighbour> neighbours(byte[] answer) {
        JsonNode ids = tree(answer).path("ids").path(0);
        JsonNode distances = tree(answer).path("distances").path(0);
        List<Neighbour> neighbours = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            neighbours.add(new Neighbour(ids.get(i).asText(), distances.path(i).asDouble(Double.NaN)));
        }
        return neighbours;
    }

    static List<String> withText(byte[] answer) {
        JsonNode records = tree(answer);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < records.path("ids").size(); i++) {
            if (records.path("documents").path(i).isTextual()
                    || records.path("uris").path(i).isTextual()) {
                ids.add(records.path("ids").get(i).asText());
            }
        }
        return ids;
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
                metadataTypes(one.path("schema").path("keys")),
                one.path("metadata"));
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

    /** The keys that begin with a hash sign are the server's own, and some are {@link ExactFloats ours}. */
    private static Map<String, Set<String>> metadataTypes(JsonNode keys) {
        Map<String, Set<String>> types = new TreeMap<>();
        for (Map.Entry<String, JsonNode> key : keys.properties()) {
            Set<String> kinds = new TreeSet<>();
            VALUE_KINDS.stream().filter(key.getValue()::hasNonNull).forEach(kinds::add);
            if (!key.getKey().startsWith("#") && !key.getKey().startsWith(ExactFloats.PREFIX) && !kinds.isEmpty()) {
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
