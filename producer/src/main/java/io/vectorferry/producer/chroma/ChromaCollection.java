package io.vectorferry.producer.chroma;

import java.util.Map;
import java.util.Set;

/**
 * A collection as the server describes it.
 *
 * @param id unlike the name never used again
 * @param dimension 0 as long as it is empty
 * @param space {@code l2}, {@code cosine} or {@code ip}; empty where the server does not tell
 * @param metadataTypes of each metadata key the kinds of value that were ever written: {@code int}, {@code float}, {@code bool}, {@code string}
 */
record ChromaCollection(String name, String id, int dimension, String space, Map<String, Set<String>> metadataTypes) {
    ChromaCollection {
        metadataTypes = Map.copyOf(metadataTypes);
    }
}
