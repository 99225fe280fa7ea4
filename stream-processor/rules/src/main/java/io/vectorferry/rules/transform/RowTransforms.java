package io.vectorferry.rules.transform;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.TransformStep;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.rules.filter.FilterExpression;
import io.vectorferry.rules.filter.FilterParser;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The steps of {@code transform}, ready to run: what is wrong with them is reported before the first row. Thread-safe. */
public final class RowTransforms {
    /** The target's own column: the target id. */
    static final String ID = "id";

    private final List<Step> steps;

    /** One step; empty when the row is excluded. May reject the row with a FerryException of kind REJECTED_RECORD. */
    @FunctionalInterface
    private interface Step {
        Optional<Row> apply(Row row);
    }

    private RowTransforms(List<Step> steps) {
        this.steps = steps;
    }

    /** @throws FerryException of kind MISCONFIGURED if a step is invalid */
    public static RowTransforms of(List<TransformStep> steps) {
        return new RowTransforms(steps.stream().map(RowTransforms::of).toList());
    }

    public boolean isEmpty() {
        return steps.isEmpty();
    }

    /**
     * Returns the row as all steps make it; empty when one excludes it.
     *
     * @throws FerryException of kind REJECTED_RECORD
     */
    public Optional<Row> apply(Row source) {
        Optional<Row> row = Optional.of(source);
        for (Step step : steps) {
            if (row.isPresent()) {
                row = step.apply(row.get());
            }
        }
        return row;
    }

    private static Step of(TransformStep step) {
        return switch (step) {
            case TransformStep.Rename(Map<String, String> names) -> rename(names);
            case TransformStep.Drop(List<String> fields) -> drop(Set.copyOf(fields));
            case TransformStep.Filter(String text) -> {
                FilterExpression filter = FilterParser.parse(text);
                yield row -> filter.holds(row) ? Optional.of(row) : Optional.empty();
            }
            case TransformStep.Set(Map<String, String> constants) -> set(constants);
            case TransformStep.Normalize(TransformStep.Norm norm, List<String> vectors) ->
                switch (norm) {
                    case L2 -> normalize(Set.copyOf(vectors));
                };
        };
    }

    /** All names at once, so that two fields may swap theirs. */
    private static Step rename(Map<String, String> names) {
        refuseId("rename", names.values());
        return row -> {
            List<Field> fields = new ArrayList<>(row.fields().size());
            for (Field field : row.fields()) {
                String name = names.get(field.name());
                fields.add(name == null ? field : field.named(name));
            }
            return Optional.of(withVectors(row, fields, column -> {
                String name = names.get(column.name());
                return name == null ? column : column.named(name);
            }));
        };
    }

    private static Step drop(Set<String> names) {
        return row -> {
            List<Field> kept = row.fields().stream()
                    .filter(field -> !names.contains(field.name()))
                    .toList();
            return Optional.of(withVectors(row, kept, column -> names.contains(column.name()) ? null : column));
        };
    }

    /**
     * Sets the constants in the order of their names: a map of the configuration has no order, and the content's hash
     * must survive a restart.
     */
    private static Step set(Map<String, String> constants) {
        refuseId("set", constants.keySet());
        List<Field> set = new TreeMap<>(constants)
                .entrySet().stream()
                        .map(entry -> constant(entry.getKey(), entry.getValue()))
                        .toList();
        return row -> {
            List<Field> fields = new ArrayList<>(row.fields());
            for (Field constant : set) {
                int at = fields.stream().map(Field::name).toList().indexOf(constant.name());
                if (at < 0) {
                    fields.add(constant);
                } else {
                    fields.set(at, constant);
                }
            }
            return Optional.of(row.withFields(fields));
        };
    }

    /** A whole number of at most 18 digits is INT64, true and false are BOOL, all else is TEXT. */
    private static Field constant(String name, String text) {
        if (text.matches("-?\\d{1,18}")) {
            return new Field(name, FieldType.of(FieldType.Name.INT64), new Value.Whole(Long.parseLong(text)));
        }
        if (text.equals("true") || text.equals("false")) {
            return new Field(name, FieldType.of(FieldType.Name.BOOL), new Value.Bool(text.equals("true")));
        }
        return new Field(name, FieldType.of(FieldType.Name.TEXT), new Value.Text(text));
    }

    private static void refuseId(String step, Collection<String> names) {
        if (new HashSet<>(names).contains(ID)) {
            throw FerryException.misconfigured(
                    "transform.%s: %s is the target's key column".formatted(step, ID), "Choose another name.");
        }
    }

    /** @param change null: the vector is left out */
    private static Row withVectors(Row row, List<Field> fields, Function<VectorColumn, @Nullable VectorColumn> change) {
        if (row.vectorCount() <= 1) {
            VectorColumn column = row.vectorColumn();
            return new Row(column == null ? null : change.apply(column), fields);
        }
        List<VectorColumn> vectors = new ArrayList<>(row.vectorCount());
        for (VectorColumn column : row.vectors()) {
            VectorColumn changed = change.apply(column);
            if (changed != null) {
                vectors.add(changed);
            }
        }
        return Row.of(vectors, fields);
    }

    /** @param named empty: the vector of a row with one, and of a row with several each that is float32 */
    private static Step normalize(Set<String> named) {
        return row -> {
            boolean isOneOfSeveral = row.vectorCount() > 1;
            return Optional.of(withVectors(row, row.fields(), column -> {
                boolean meant = named.isEmpty()
                        ? !isOneOfSeveral || column.element() == VectorElement.FLOAT32
                        : named.contains(column.name());
                return meant ? normalized(column) : column;
            }));
        };
    }

    /** Scales a float32 vector to length 1, summing in double; other element types are rejected. */
    private static VectorColumn normalized(VectorColumn column) {
        Vector vector = column.vector();
        if (vector == null) {
            return column;
        }
        if (vector.element() != VectorElement.FLOAT32) {
            throw FerryException.rejected(
                    ErrorType.SCHEMA, "normalize: l2 accepts float32 vectors, not " + vector.element());
        }
        return new VectorColumn(column.name(), column.element(), column.dimension(), scaled(vector));
    }

    private static Vector scaled(Vector vector) {
        float[] floats = new float[vector.dimension()];
        FloatBuffer values = vector.buffer().asFloatBuffer();
        values.get(floats);
        double squares = 0;
        for (float value : floats) {
            squares += (double) value * value;
        }
        double length = Math.sqrt(squares);
        if (!(length > 0) || Double.isInfinite(length)) {
            throw FerryException.rejected(
                    ErrorType.DATA_CORRUPTION, "a vector of length " + length + " has no direction");
        }
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) (floats[i] / length);
        }
        return Vector.ofFloats(floats);
    }
}
