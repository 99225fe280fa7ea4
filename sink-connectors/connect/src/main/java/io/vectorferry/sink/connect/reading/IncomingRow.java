package io.vectorferry.sink.connect.reading;

import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.VectorColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A row as it arrived: what the source's log left out of it has yet to be filled.
 *
 * @param row what is known; a vector that is not known is NULL here
 * @param vector whether that NULL is one
 * @param unchanged payload columns that were left out, with their type where the record tells it
 */
public record IncomingRow(Row row, VectorState vector, Map<String, Optional<FieldType>> unchanged) {
    enum VectorState {
        KNOWN,
        /** A value that an update does not change: there was a row before. */
        UNCHANGED,
        /** NULL in a row of which nothing tells whether it is new: it is what it was, if there was a row. */
        UNCHANGED_OR_NULL
    }

    public IncomingRow {
        unchanged = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(unchanged));
    }

    public static IncomingRow known(Row row) {
        return new IncomingRow(row, VectorState.KNOWN, Map.of());
    }

    public boolean isComplete() {
        return vector == VectorState.KNOWN && unchanged.isEmpty();
    }

    /** Returns the row if there was none before; empty if that is not possible. */
    public Optional<Row> withoutBefore() {
        boolean whole = vector != VectorState.UNCHANGED && unchanged.isEmpty();
        return whole ? Optional.of(row) : Optional.empty();
    }

    /** Returns this row with missing fields taken from its earlier state; empty if that lacks them too. */
    public Optional<Row> filledFrom(Row before) {
        List<Field> fields = new ArrayList<>(row.fields());
        for (Map.Entry<String, Optional<FieldType>> left : unchanged.entrySet()) {
            Optional<Field> old = before.field(left.getKey());
            if (old.isEmpty()) {
                return Optional.empty();
            }
            FieldType type = left.getValue().orElse(old.get().type());
            fields.add(new Field(left.getKey(), type, old.get().value()));
        }
        return switch (vector) {
            case KNOWN -> Optional.of(row.withFields(fields));
            case UNCHANGED, UNCHANGED_OR_NULL -> Optional.of(new Row(vectorOf(before), fields));
        };
    }

    /** Returns this row, completed by an earlier one that has holes as well. */
    public IncomingRow over(IncomingRow earlier) {
        List<Field> fields = new ArrayList<>(row.fields());
        Map<String, Optional<FieldType>> left = new LinkedHashMap<>(unchanged);
        for (String name : unchanged.keySet()) {
            earlier.row.field(name).ifPresent(known -> {
                fields.add(known);
                left.remove(name);
            });
        }
        boolean vectorKnown = vector == VectorState.KNOWN || earlier.vector == VectorState.KNOWN;
        Row filled = vector == VectorState.KNOWN ? row.withFields(fields) : new Row(vectorOf(earlier.row), fields);
        return new IncomingRow(filled, vectorKnown ? VectorState.KNOWN : earlier.vector, left);
    }

    private @Nullable VectorColumn vectorOf(Row before) {
        VectorColumn own = row.vectorColumn();
        return own == null
                ? before.vectorColumn()
                : before.vector()
                        .map(old -> new VectorColumn(own.name(), old.element(), own.dimension(), old.vector()))
                        .orElse(own);
    }
}
