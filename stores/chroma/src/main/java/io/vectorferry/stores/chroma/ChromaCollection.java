package io.vectorferry.stores.chroma;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vectorferry.contracts.row.DistanceMetric;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A collection as the server describes it.
 *
 * @param id unlike the name never used again
 * @param dimension 0 as long as it is empty
 * @param space {@code l2}, {@code cosine} or {@code ip}; empty where the server does not tell
 * @param metadataTypes of each metadata key the kinds of value that were ever written: {@code int}, {@code float}, {@code bool}, {@code string}
 * @param metadata of the collection itself; missing or null where it has none
 */
public record ChromaCollection(
        String name,
        String id,
        int dimension,
        String space,
        Map<String, Set<String>> metadataTypes,
        JsonNode metadata) {
    public ChromaCollection {
        metadataTypes = Map.copyOf(metadataTypes);
    }

    public ChromaCollection(
            String name, String id, int dimension, String space, Map<String, Set<String>> metadataTypes) {
        this(name, id, dimension, space, metadataTypes, MissingNode.getInstance());
    }

    /** Returns the metric of Chroma's searches; empty if the server does not return it. */
    public Optional<DistanceMetric> metric() {
        return switch (space) {
            case "l2" -> Optional.of(DistanceMetric.L2);
            case "cosine" -> Optional.of(DistanceMetric.COSINE);
            case "ip" -> Optional.of(DistanceMetric.DOT);
            default -> Optional.empty();
        };
    }
}
