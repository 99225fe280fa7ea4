package io.vectorferry.app.jsonl;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The columns of a file's rows, by collection. Of two types of a field the wider one counts, or the first if neither holds the other. */
final class Schemas {
    private final Map<String, Shape> shapes = new TreeMap<>();

    private static final class Shape {
        private final IdKind kind;
        private final Map<String, FieldType> fields = new LinkedHashMap<>();
        private final Map<String, VectorShape> vectors = new LinkedHashMap<>();

        private Shape(IdKind kind) {
            this.kind = kind;
        }
    }

    void add(JsonlRow row) {
        Shape shape = shapes.computeIfAbsent(
                row.key().collection(),
                c -> new Shape(row.key().id() instanceof TargetKey.NumberId ? IdKind.NUMBER : IdKind.TEXT));
        row.row().fields().forEach(field -> shape.fields.merge(field.name(), field.type(), FieldType::widenedBy));
        for (VectorColumn column : row.row().vectors()) {
            VectorShape known = shape.vectors.get(column.name());
            if (known == null || known.dimension() == 0) {
                shape.vectors.put(column.name(), new VectorShape(column.name(), column.element(), dimension(column)));
            }
        }
    }

    Set<String> collections() {
        return shapes.keySet();
    }

    TargetSchema of(String collection) {
        Shape shape = Optional.ofNullable(shapes.get(collection)).orElseThrow();
        return new TargetSchema(collection, shape.kind, List.copyOf(shape.vectors.values()), shape.fields);
    }

    private static int dimension(VectorColumn column) {
        return column.dimension() > 0
                ? column.dimension()
                : column.value().map(vector -> vector.dimension()).orElse(0);
    }
}
