package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.message.FieldType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.VectorColumn;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the rows of a file look like, collection by collection; of a field that has two types the first stands. */
final class Schemas {
    private final Map<String, Shape> shapes = new TreeMap<>();

    private static final class Shape {
        private final IdKind kind;
        private final Map<String, FieldType> fields = new LinkedHashMap<>();
        private @Nullable VectorShape vector;

        private Shape(IdKind kind) {
            this.kind = kind;
        }
    }

    void add(JsonlRow row) {
        Shape shape = shapes.computeIfAbsent(
                row.key().collection(),
                c -> new Shape(row.key().id() instanceof TargetKey.NumberId ? IdKind.NUMBER : IdKind.TEXT));
        row.row().fields().forEach(field -> shape.fields.putIfAbsent(field.name(), field.type()));
        VectorShape known = shape.vector;
        VectorColumn column = row.row().vectorColumn();
        if (column != null && (known == null || known.dimension() == 0)) {
            shape.vector = new VectorShape(column.name(), column.element(), dimension(column));
        }
    }

    Set<String> collections() {
        return shapes.keySet();
    }

    TargetSchema of(String collection) {
        Shape shape = Optional.ofNullable(shapes.get(collection)).orElseThrow();
        return new TargetSchema(collection, shape.kind, shape.vector, shape.fields);
    }

    private static int dimension(VectorColumn column) {
        return column.dimension() > 0
                ? column.dimension()
                : column.value().map(vector -> vector.dimension()).orElse(0);
    }
}
