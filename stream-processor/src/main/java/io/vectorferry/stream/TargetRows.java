package io.vectorferry.stream;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.Topics;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.Field;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.Value;
import io.vectorferry.contracts.message.VectorColumn;
import java.util.Objects;
import java.util.Optional;

/** What this pipeline makes of a row of its source, for those who check a target: the stage's own transforms and validation. Safe for any thread. */
public final class TargetRows {
    /** A character takes at most as many bytes on the wire. */
    private static final long BYTES_PER_CHARACTER = 3;

    private static final long BYTES_PER_FIELD = 1_024;

    private final RowPreparation preparation;

    /** What the target must hold of a row. */
    public sealed interface Outcome {
        record Kept(Row row) implements Outcome {}

        /** The filter or {@code nullVectors: skip} keeps it from the target. */
        record FilteredOut() implements Outcome {}

        /** It becomes a dead letter; what the target had of it before stays there. */
        record Rejected(ErrorType error) implements Outcome {}
    }

    /** @throws FerryException of kind MISCONFIGURED when a transform is wrong */
    public TargetRows(PipelineConfig config) {
        this.preparation = new RowPreparation(config);
    }

    public Outcome of(Row source) {
        try {
            if (mostBytes(source) > Topics.MAX_RECORD_BYTES) {
                RowValidation.checkChange(encodedBytes(source));
            }
            Optional<Row> row = preparation.checked(source);
            if (row.isEmpty()) {
                return new Outcome.FilteredOut();
            }
            if (mostBytes(row.get()) > RowValidation.MAX_ROW_BYTES) {
                RowValidation.checkSize(encodedBytes(row.get()));
            }
            return new Outcome.Kept(row.get());
        } catch (FerryException e) {
            return new Outcome.Rejected(e.errorType());
        }
    }

    private static int encodedBytes(Row row) {
        return Objects.requireNonNull(Codecs.ROW.encode(row), "a row has bytes").length;
    }

    /** Never less than what the row takes on the wire: few rows have to be encoded only to be measured. */
    private static long mostBytes(Row row) {
        VectorColumn column = row.vectorColumn();
        long bytes = BYTES_PER_FIELD
                + (column == null || column.vector() == null
                        ? 0
                        : column.vector().values().size());
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
