package io.vectorferry.stream;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.PipelineConfig.NullVectors;
import io.vectorferry.contracts.message.Codecs;
import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.Row;
import io.vectorferry.contracts.message.VectorColumn;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Transforms, then validates. Stateless and safe for any thread. */
final class RowPreparation {
    private final List<RowTransform> transforms;
    private final NullVectors nullVectors;

    /** @throws FerryException of kind MISCONFIGURED when a transform is wrong */
    RowPreparation(PipelineConfig config) {
        this.transforms = RowTransforms.of(config.transform());
        this.nullVectors = config.nullVectors();
    }

    /** @param change the bytes that hold the row; without a transform they have it as it goes on, and it is not written anew */
    PreparedRow prepare(Row source, ByteString change) {
        try {
            Optional<Row> row = checked(source);
            if (row.isEmpty()) {
                return new PreparedRow.FilteredOut();
            }
            ByteString content = transforms.isEmpty() ? Codecs.rowOf(change) : encoded(row.get());
            RowValidation.checkSize(content.size());
            return new PreparedRow.Kept(content, ContentHash.of(content));
        } catch (FerryException e) {
            return new PreparedRow.Rejected(e);
        }
    }

    static ByteString encoded(Row row) {
        return UnsafeByteOperations.unsafeWrap(Objects.requireNonNull(Codecs.ROW.encode(row), "a row has bytes"));
    }

    /**
     * All but the check of its size on the wire; empty when it is not for the target.
     *
     * @throws FerryException of kind REJECTED_RECORD
     */
    Optional<Row> checked(Row source) {
        Optional<Row> row = transformed(source).filter(kept -> !skipped(kept));
        row.ifPresent(RowValidation::check);
        return row;
    }

    private Optional<Row> transformed(Row source) {
        Optional<Row> row = Optional.of(source);
        for (RowTransform transform : transforms) {
            if (row.isPresent()) {
                row = transform.apply(row.get());
            }
        }
        return row;
    }

    private boolean skipped(Row row) {
        VectorColumn column = row.vectorColumn();
        if (column == null || column.vector() != null) {
            return false;
        }
        return switch (nullVectors) {
            case KEEP -> false;
            case SKIP -> true;
            case DEAD_LETTER -> throw FerryException.rejected(ErrorType.SCHEMA, column.name() + " is NULL");
        };
    }
}
