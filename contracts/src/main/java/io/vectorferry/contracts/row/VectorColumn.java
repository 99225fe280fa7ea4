package io.vectorferry.contracts.row;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The vector column of a row with its declared shape, which a NULL vector has too.
 *
 * @param dimension as declared by the source, 0 where it declares none and none is known
 * @param vector null: the column is NULL; its own dimension may differ from the declared one, which validation refuses
 */
public record VectorColumn(
        String name,
        VectorElement element,
        int dimension,
        @Nullable Vector vector) {
    public Optional<Vector> value() {
        return Optional.ofNullable(vector);
    }

    public VectorColumn named(String newName) {
        return new VectorColumn(newName, element, dimension, vector);
    }
}
