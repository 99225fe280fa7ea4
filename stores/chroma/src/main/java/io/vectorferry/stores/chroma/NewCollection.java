package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * A collection to be created.
 *
 * @param space {@code l2}, {@code cosine} or {@code ip}
 * @param index parameters of its HNSW index by Chroma's own names; the server has defaults for the others
 * @param metadata of the collection itself
 */
public record NewCollection(String name, String space, Map<String, Integer> index, Map<String, String> metadata) {
    public NewCollection {
        index = Map.copyOf(index);
        metadata = Map.copyOf(metadata);
    }

    byte[] request() {
        ObjectNode request = JsonNodeFactory.instance.objectNode();
        request.put("name", name).put("get_or_create", true);
        ObjectNode hnsw = request.putObject("configuration").putObject("hnsw");
        hnsw.put("space", space);
        index.forEach(hnsw::put);
        ObjectNode own = request.putObject("metadata");
        metadata.forEach(own::put);
        return ChromaJson.bytes(request);
    }
}
