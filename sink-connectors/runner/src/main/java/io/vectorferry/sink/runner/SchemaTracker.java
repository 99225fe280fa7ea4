package io.vectorferry.sink.runner;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a collection's rows so far, beginning with those of the table that an earlier run has filled. A wider type of
 * the same kind replaces a narrower one; otherwise the first type stays, and the writer's check refuses a row of another.
 */
public final class SchemaTracker {
    private final ToIntFunction<String> dimensionInTable;
    private final Supplier<Optional<TargetSchema>> inTable;
    private @Nullable TargetSchema known;

    /**
     * @param dimensionInTable what an existing table has fixed for a vector column, else 0
     * @param inTable asked once: what ferry has filled the table with
     */
    public SchemaTracker(ToIntFunction<String> dimensionInTable, Supplier<Optional<TargetSchema>> inTable) {
        this.dimensionInTable = dimensionInTable;
        this.inTable = inTable;
    }

    /** The grown schema when this row has something new. */
    public Optional<TargetSchema> grownBy(TargetKey key, Row row) {
        TargetSchema before = known;
        TargetSchema.IdKind kind = before == null ? kindOf(key.id()) : before.idKind();
        @Nullable TargetSchema from = before == null ? inTable.get().orElse(null) : before;
        List<VectorShape> shapesBefore = from == null ? List.of() : from.vectors();
        List<VectorShape> shapes = grown(shapesBefore, row);
        Map<String, FieldType> fields = from == null ? Map.of() : from.fields();
        if (before != null && isSame(shapes, shapesBefore) && holdsAll(fields, row)) {
            return Optional.empty();
        }
        Map<String, FieldType> grown = new LinkedHashMap<>(fields);
        row.fields().forEach(field -> grown.merge(field.name(), field.type(), FieldType::widenedBy));
        TargetSchema schema = new TargetSchema(key.collection(), kind, shapes, grown);
        known = schema;
        return Optional.of(schema);
    }

    /** Returns the column's type so far; empty before the first row that has it. */
    public Optional<FieldType> typeOf(String field) {
        return Optional.ofNullable(known).map(schema -> schema.fields().get(field));
    }

    /** Gives a column that is known another type, which the table was found to be able to take. */
    public TargetSchema retyped(String field, FieldType type) {
        TargetSchema before = Objects.requireNonNull(known, "no row has come");
        Map<String, FieldType> fields = new LinkedHashMap<>(before.fields());
        fields.put(field, type);
        TargetSchema schema = new TargetSchema(before.collection(), before.idKind(), before.vectors(), fields);
        known = schema;
        return schema;
    }

    private static TargetSchema.IdKind kindOf(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId ignored -> TargetSchema.IdKind.NUMBER;
            case TargetKey.TextId ignored -> TargetSchema.IdKind.TEXT;
        };
    }

    /** Whether no field of the row adds or widens a column. */
    private static boolean holdsAll(Map<String, FieldType> known, Row row) {
        for (Field field : row.fields()) {
            FieldType type = known.get(field.name());
            if (type == null
                    || (!type.equals(field.type())
                            && !type.widenedBy(field.type()).equals(type))) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("ReferenceEquality") // the very list where no row brought anything new
    private static boolean isSame(List<VectorShape> one, List<VectorShape> other) {
        return one == other || one.equals(other);
    }

    /** Returns the same list where the row brings no vector that is new or changed. */
    private List<VectorShape> grown(List<VectorShape> known, Row row) {
        List<VectorShape> all = known;
        for (int i = 0; i < row.vectorCount(); i++) {
            VectorColumn column = row.vectorAt(i);
            int at = indexOf(all, column.name());
            VectorShape shape = at < 0 ? null : all.get(at);
            VectorShape grown = grown(shape, column);
            if (!grown.equals(shape)) {
                all = new ArrayList<>(all);
                if (at < 0) {
                    all.add(grown);
                } else {
                    all.set(at, grown);
                }
            }
        }
        return all;
    }

    private static int indexOf(List<VectorShape> shapes, String name) {
        for (int i = 0; i < shapes.size(); i++) {
            if (shapes.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private VectorShape grown(@Nullable VectorShape shape, VectorColumn column) {
        if (shape != null && shape.dimension() > 0) {
            return isDeclaredAnew(shape, column)
                    ? new VectorShape(column.name(), column.element(), column.dimension())
                    : shape;
        }
        int dimension = dimensionOf(column);
        return shape == null
                ? new VectorShape(column.name(), column.element(), dimension)
                : new VectorShape(shape.name(), elementOf(shape, column), dimension);
    }

    /** Returns the element type: for NULLs alone, a source without declared types does not know it. */
    private static VectorElement elementOf(VectorShape shape, VectorColumn column) {
        return column.vector() == null ? shape.element() : column.element();
    }

    /** The source's column itself is another one now, such as a new model's: no row of it fits, which is not the row's fault. */
    private static boolean isDeclaredAnew(VectorShape shape, VectorColumn column) {
        return column.dimension() > 0
                && (column.dimension() != shape.dimension() || column.element() != shape.element());
    }

    /** Returns the declared dimension, or else that of the table, or else that of the first vector. */
    private int dimensionOf(VectorColumn column) {
        if (column.dimension() > 0) {
            return column.dimension();
        }
        int inTable = dimensionInTable.applyAsInt(column.name());
        @Nullable Vector vector = column.vector();
        return inTable > 0 || vector == null ? inTable : vector.dimension();
    }
}
