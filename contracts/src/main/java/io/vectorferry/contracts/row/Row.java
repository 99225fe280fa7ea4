package io.vectorferry.contracts.row;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The full content of a row beside its key: the vector column, if the collection has one, and the payload fields in order. */
public record Row(@Nullable VectorColumn vectorColumn, List<Field> fields) {
    public Row {
        fields = List.copyOf(fields);
    }

    public Optional<VectorColumn> vector() {
        return Optional.ofNullable(vectorColumn);
    }

    public Optional<Field> field(String name) {
        for (Field field : fields) {
            if (field.name().equals(name)) {
                return Optional.of(field);
            }
        }
        return Optional.empty();
    }
}
