package io.vectorferry.contracts.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The full content of a row beside its key: its vector columns and its payload fields, each in order. Most rows have one vector, and
 * for them nothing is allocated to hold the others: code that runs for each row uses {@link #vectorCount} and {@link #vectorAt}.
 *
 * @param vectorColumn the first vector; null if the row has none
 * @param moreVectors the vectors after the first
 */
public record Row(@Nullable VectorColumn vectorColumn, List<VectorColumn> moreVectors, List<Field> fields) {
    public Row {
        moreVectors = List.copyOf(moreVectors);
        fields = List.copyOf(fields);
        if (vectorColumn == null && !moreVectors.isEmpty()) {
            throw new IllegalArgumentException("a row has a second vector without a first");
        }
    }

    /** Creates a row with at most one vector. */
    public Row(@Nullable VectorColumn vectorColumn, List<Field> fields) {
        this(vectorColumn, List.of(), fields);
    }

    public static Row of(List<VectorColumn> vectors, List<Field> fields) {
        return vectors.size() > 1
                ? new Row(vectors.getFirst(), vectors.subList(1, vectors.size()), fields)
                : new Row(vectors.isEmpty() ? null : vectors.getFirst(), fields);
    }

    /** Returns the first vector. */
    public Optional<VectorColumn> vector() {
        return Optional.ofNullable(vectorColumn);
    }

    public Optional<VectorColumn> vector(String name) {
        for (int i = 0; i < vectorCount(); i++) {
            if (vectorAt(i).name().equals(name)) {
                return Optional.of(vectorAt(i));
            }
        }
        return Optional.empty();
    }

    /** Returns all vectors, the first one first. */
    public List<VectorColumn> vectors() {
        if (vectorColumn == null) {
            return List.of();
        }
        if (moreVectors.isEmpty()) {
            return List.of(vectorColumn);
        }
        List<VectorColumn> all = new ArrayList<>(vectorCount());
        all.add(vectorColumn);
        all.addAll(moreVectors);
        return all;
    }

    public int vectorCount() {
        return vectorColumn == null ? 0 : 1 + moreVectors.size();
    }

    /** @param index from 0, which is the first vector */
    public VectorColumn vectorAt(int index) {
        if (index > 0) {
            return moreVectors.get(index - 1);
        }
        if (index < 0 || vectorColumn == null) {
            throw new IndexOutOfBoundsException("the row has no vector " + index);
        }
        return vectorColumn;
    }

    public Row withFields(List<Field> others) {
        return new Row(vectorColumn, moreVectors, others);
    }

    /** Returns the row with one of its vectors only; with none if it has none of that name. */
    public Row withOnlyVector(String name) {
        boolean only = moreVectors.isEmpty()
                && (vectorColumn == null || vectorColumn.name().equals(name));
        return only ? this : new Row(vector(name).orElse(null), fields);
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
