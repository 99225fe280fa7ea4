package io.vectorferry.rules;

import com.google.protobuf.ByteString;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.NullVectors;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.rules.transform.RowTransforms;
import io.vectorferry.rules.transform.RowValidation;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The transforms, filter, {@code nullVectors}, validation, and size limit of a pipeline: the stream processor writes by them, and
 * verification checks by them. Stateless and thread-safe.
 */
public final class TargetRules {
    /** A character takes at most as many bytes on the wire. */
    private static final long BYTES_PER_CHARACTER = 3;

    private static final long BYTES_PER_FIELD = 1_024;

    private final RowTransforms transforms;
    private final NullVectors nullVectors;
    private final UnaryOperator<Row> held;

    /** @throws FerryException of kind MISCONFIGURED if a transform is invalid */
    public TargetRules(PipelineConfig config) {
        this(RowTransforms.of(config.transform()), config.nullVectors(), UnaryOperator.identity());
    }

    private TargetRules(RowTransforms transforms, NullVectors nullVectors, UnaryOperator<Row> held) {
        this.transforms = transforms;
        this.nullVectors = nullVectors;
        this.held = held;
    }

    /** Returns these rules for a target that holds a part of each row, which is what {@link #of} gives then. */
    public TargetRules holding(UnaryOperator<Row> part) {
        return new TargetRules(transforms, nullVectors, part);
    }

    /** Returns the part of a record's row that the target holds. */
    public Row held(Row row) {
        return held.apply(row);
    }

    /** Returns what the target must hold for a row of the source. */
    public Expected of(Row source) {
        try {
            // The source makes a row that no change can carry a dead letter, whatever the transforms would leave of it.
            if (mostBytes(source) > Topics.MAX_RECORD_BYTES) {
                RowValidation.checkChange(EncodedRow.encoded(source).size());
            }
            Optional<Row> row = transformed(source);
            if (row.isEmpty()) {
                return new Expected.Excluded();
            }
            if (mostBytes(row.get()) > RowValidation.MAX_ROW_BYTES) {
                RowValidation.checkSize(EncodedRow.encoded(row.get()).size());
            }
            return new Expected.Present(held.apply(row.get()));
        } catch (FerryException e) {
            return new Expected.Rejected(e);
        }
    }

    /**
     * Returns the bytes of what the target must hold for the row of a change; empty if it is excluded. The answer is that of
     * {@link #of}, without measuring a row that has to be encoded anyway.
     *
     * @param change the bytes that hold the row; without transforms they are reused
     * @throws FerryException of kind REJECTED_RECORD
     */
    public Optional<EncodedRow> encoded(Row source, ByteString change) {
        Optional<Row> row = transformed(source);
        if (row.isEmpty()) {
            return Optional.empty();
        }
        ByteString content = transforms.isEmpty() ? Codecs.rowOf(change) : EncodedRow.encoded(row.get());
        RowValidation.checkSize(content.size());
        return Optional.of(EncodedRow.of(content));
    }

    /** @throws FerryException of kind REJECTED_RECORD */
    private Optional<Row> transformed(Row source) {
        Optional<Row> row = transforms.apply(source).filter(kept -> !isSkipped(kept));
        row.ifPresent(RowValidation::check);
        return row;
    }

    private boolean isSkipped(Row row) {
        for (int i = 0; i < row.vectorCount(); i++) {
            VectorColumn column = row.vectorAt(i);
            if (column.vector() == null && isSkipped(column)) {
                return true;
            }
        }
        return false;
    }

    private boolean isSkipped(VectorColumn isNull) {
        return switch (nullVectors) {
            case KEEP -> false;
            case SKIP -> true;
            case DEAD_LETTER -> throw FerryException.rejected(ErrorType.SCHEMA, isNull.name() + " is NULL");
        };
    }

    /** Returns no less than the row takes on the wire, so that few rows have to be encoded only to be measured. */
    private static long mostBytes(Row row) {
        long bytes = BYTES_PER_FIELD;
        for (int i = 0; i < row.vectorCount(); i++) {
            Vector vector = row.vectorAt(i).vector();
            bytes += BYTES_PER_FIELD + (vector == null ? 0 : vector.values().size());
        }
        for (Field field : row.fields()) {
            bytes += BYTES_PER_FIELD + field.name().length() * BYTES_PER_CHARACTER + mostBytes(field.value());
        }
        return bytes;
    }

    private static long mostBytes(Value value) {
        return switch (value) {
            case Value.Text(String text) -> text.length() * BYTES_PER_CHARACTER;
            case Value.Bytes(var bytes) -> bytes.size();
            case Value.Items(var items) ->
                items.stream().mapToLong(item -> Long.SIZE + mostBytes(item)).sum();
            case Value.Null ignored -> 0;
            case Value.Bool ignored -> 0;
            case Value.Whole ignored -> 0;
            case Value.Real32 ignored -> 0;
            case Value.Real64 ignored -> 0;
        };
    }
}
