package io.vectorferry.sink.spi;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The columns seen so far in a collection, vectors and fields each in the order of first appearance. */
public record TargetSchema(String collection, IdKind idKind, List<VectorShape> vectors, Map<String, FieldType> fields) {

    public enum IdKind {
        NUMBER,
        TEXT
    }

    /** @param dimension 0 as long as none is known */
    public record VectorShape(String name, VectorElement element, int dimension) {}

    public TargetSchema {
        vectors = List.copyOf(vectors);
        fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Creates a schema with at most one vector. */
    public TargetSchema(String collection, IdKind idKind, @Nullable VectorShape vector, Map<String, FieldType> fields) {
        this(collection, idKind, vector == null ? List.of() : List.of(vector), fields);
    }

    /** Returns the first vector. */
    public Optional<VectorShape> vector() {
        return vectors.stream().findFirst();
    }

    public Optional<VectorShape> vector(String name) {
        for (int i = 0; i < vectors.size(); i++) {
            if (vectors.get(i).name().equals(name)) {
                return Optional.of(vectors.get(i));
            }
        }
        return Optional.empty();
    }

    /** Returns the first vector; null if there is none. */
    public @Nullable VectorShape vectorShape() {
        return vectors.isEmpty() ? null : vectors.getFirst();
    }
}
