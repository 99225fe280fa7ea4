package io.vectorferry.sink.chroma;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.parts.ValueKinds;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the collection can hold a row.
 *
 * @param space of the collection; empty as long as there is none
 */
record ChromaRowCheck(TargetSchema schema, Optional<Space> space) {
    /** Maximum of one row: a server takes 40 MiB in one request, unless it is configured otherwise. */
    private static final long MAX_ROW_BYTES = 32L << 20;

    /** Chroma adds the squares of a vector's components as float32, which must neither overflow nor vanish. */
    private static final double MAX_SQUARES = 3.3e38;

    private static final double MIN_SQUARES = 1e-36;

    Optional<Rejection> check(TargetWrite write) {
        Optional<Rejection> ofId = id(write.key().id());
        if (ofId.isPresent()) {
            return ofId;
        }
        return switch (write) {
            case TargetWrite.Delete ignored -> Optional.empty();
            case TargetWrite.Upsert upsert -> {
                Optional<Rejection> ofVector = vector(upsert.record().row().vectorColumn());
                yield ofVector.isPresent() ? ofVector : fields(upsert);
            }
        };
    }

    private Optional<Rejection> id(TargetKey.Id id) {
        IdKind kind =
                switch (id) {
                    case TargetKey.NumberId ignored -> IdKind.NUMBER;
                    case TargetKey.TextId ignored -> IdKind.TEXT;
                };
        if (kind != schema.idKind()) {
            return rejection(ErrorType.SCHEMA, "the collection's ids are of kind " + schema.idKind());
        }
        return id.text().isEmpty()
                ? rejection(ErrorType.SCHEMA, "the id is empty, which Chroma does not accept")
                : Optional.empty();
    }

    private Optional<Rejection> vector(@Nullable VectorColumn column) {
        @Nullable Vector vector = column == null ? null : column.vector();
        if (column == null || vector == null) {
            return rejection(ErrorType.SCHEMA, "the vector is NULL, and Chroma cannot hold a row without one");
        }
        if (!StoredVectors.canHold(vector.element())) {
            return rejection(
                    ErrorType.SCHEMA,
                    "Chroma holds dense vectors, but %s is %s".formatted(column.name(), vector.element()));
        }
        VectorShape shape = schema.vectorShape();
        if (shape == null || !shape.name().equals(column.name()) || shape.element() != vector.element()) {
            return rejection(
                    ErrorType.SCHEMA, "the collection has no %s vector %s".formatted(vector.element(), column.name()));
        }
        if (shape.dimension() != vector.dimension()) {
            return rejection(
                    ErrorType.DIMENSION_MISMATCH,
                    "the vector has %d dimensions, but the collection has %d"
                            .formatted(vector.dimension(), shape.dimension()));
        }
        return components(vector);
    }

    private Optional<Rejection> components(Vector vector) {
        ByteBuffer floats = StoredVectors.floats(vector).asReadOnlyByteBuffer().order(java.nio.ByteOrder.LITTLE_ENDIAN);
        double squares = 0;
        while (floats.hasRemaining()) {
            double component = floats.getFloat();
            squares += component * component;
        }
        if (!Double.isFinite(squares)) {
            return rejection(ErrorType.DATA_CORRUPTION, "the vector contains NaN or an infinity, which Chroma rejects");
        }
        boolean isLost = squares > MAX_SQUARES || (squares > 0 && squares < MIN_SQUARES);
        return isLost && space.equals(Optional.of(Space.COSINE))
                ? rejection(
                        ErrorType.SCHEMA,
                        "the vector is too long or too short for a collection with space cosine, which stores its direction and length")
                : Optional.empty();
    }

    private Optional<Rejection> fields(TargetWrite.Upsert upsert) {
        long bytes = 0;
        for (Field field : upsert.record().row().fields()) {
            FieldType known = schema.fields().get(field.name());
            if (known == null || !known.holds(field.type())) {
                return rejection(
                        ErrorType.SCHEMA,
                        "column %s is %s in the collection, but the value is %s"
                                .formatted(field.name(), known, field.type()));
            }
            if (!ValueKinds.fits(field.type(), field.value())) {
                return rejection(
                        ErrorType.SCHEMA, "the value of column %s is not a %s".formatted(field.name(), field.type()));
            }
            if (!MetadataValues.isLegalKey(field.name()) && !(field.value() instanceof Value.Null)) {
                return rejection(
                        ErrorType.SCHEMA,
                        "Chroma reserves the metadata key of column \"%s\": rename it, with `transform: [{rename: …}]`"
                                .formatted(field.name()));
            }
            bytes += field.name().length() + ValueKinds.size(field.value());
        }
        return bytes > MAX_ROW_BYTES
                ? rejection(
                        ErrorType.SCHEMA,
                        "the row takes more than %d MiB, but Chroma takes only 40 MiB in one request"
                                .formatted(MAX_ROW_BYTES >> 20))
                : Optional.empty();
    }

    private static Optional<Rejection> rejection(ErrorType type, String message) {
        return Optional.of(new Rejection(type, message));
    }
}
