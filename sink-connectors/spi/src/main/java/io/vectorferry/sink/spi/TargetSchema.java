package io.vectorferry.sink.spi;

import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The columns seen so far in a collection, in the order of first appearance. */
public record TargetSchema(
        String collection, IdKind idKind, @Nullable VectorShape vectorShape, Map<String, FieldType> fields) {

    public enum IdKind {
        NUMBER,
        TEXT
    }

    /** @param dimension 0 as long as none is known */
    public record VectorShape(String name, VectorElement element, int dimension) {}

    public TargetSchema {
        fields = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    public Optional<VectorShape> vector() {
        return Optional.ofNullable(vectorShape);
    }
}
