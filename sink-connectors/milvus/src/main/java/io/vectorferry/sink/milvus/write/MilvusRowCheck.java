package io.vectorferry.sink.milvus.write;

import io.vectorferry.contracts.message.ErrorType;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.CollectionLayout.TypedField;
import io.vectorferry.sink.spi.Rejection;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.parts.ValueKinds;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the collection can hold a row.
 *
 * @param layout null as long as no row with a vector has come and so there is no collection
 */
public record MilvusRowCheck(TargetSchema schema, @Nullable CollectionLayout layout) {

    public Optional<Rejection> check(TargetWrite write) {
        Optional<Rejection> ofId = id(write.key().id());
        if (ofId.isPresent()) {
            return ofId;
        }
        return switch (write) {
            case TargetWrite.Delete ignored -> Optional.empty();
            case TargetWrite.Upsert upsert -> {
                Optional<Rejection> ofVectors = vectors(upsert.row());
                yield ofVectors.isPresent() ? ofVectors : fields(upsert);
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
        return layout == null || layout.id().canHold(id)
                ? Optional.empty()
                : rejection(
                        ErrorType.SCHEMA,
                        "the id is the smallest or largest int64, or a text longer than the collection allows");
    }

    private Optional<Rejection> vectors(Row row) {
        for (int i = 0; i < row.vectorCount(); i++) {
            Optional<Rejection> rejection = vector(row.vectorAt(i));
            if (rejection.isPresent()) {
                return rejection;
            }
        }
        // Each is one of the collection's, so as many are all of them.
        return row.vectorCount() < Math.max(1, schema.vectors().size())
                ? rejection(
                        ErrorType.SCHEMA,
                        row.vectorCount() == 0
                                ? "the vector is NULL, and Milvus cannot hold a row without one"
                                : "the row lacks a vector, and Milvus cannot hold a row without each of them")
                : Optional.empty();
    }

    private Optional<Rejection> vector(VectorColumn column) {
        @Nullable Vector vector = column.vector();
        if (vector == null) {
            return rejection(
                    ErrorType.SCHEMA,
                    schema.vectors().size() > 1
                            ? "the vector %s is NULL, and Milvus cannot hold a row without one".formatted(column.name())
                            : "the vector is NULL, and Milvus cannot hold a row without one");
        }
        VectorShape shape = schema.vector(column.name()).orElse(null);
        if (shape == null || shape.element() != vector.element()) {
            return rejection(
                    ErrorType.SCHEMA, "the collection has no %s vector %s".formatted(vector.element(), column.name()));
        }
        if (shape.dimension() != vector.dimension()) {
            return rejection(
                    ErrorType.DIMENSION_MISMATCH,
                    "the vector has %d dimensions, but the field has %d"
                            .formatted(vector.dimension(), shape.dimension()));
        }
        return vector.element() == VectorElement.FLOAT32 && !isFinite(vector)
                ? rejection(ErrorType.DATA_CORRUPTION, "the vector contains NaN or an infinity, which Milvus rejects")
                : Optional.empty();
    }

    private static boolean isFinite(Vector vector) {
        FloatBuffer floats = vector.buffer().asFloatBuffer();
        for (int i = 0; i < floats.limit(); i++) {
            if (!Float.isFinite(floats.get(i))) {
                return false;
            }
        }
        return true;
    }

    private Optional<Rejection> fields(TargetWrite.Upsert upsert) {
        List<Field> fields = upsert.row().fields();
        long dynamicBytes = 0;
        for (Field field : fields) {
            FieldType known = schema.fields().get(field.name());
            if (known == null || !known.holds(field.type())) {
                return rejection(
                        ErrorType.SCHEMA,
                        "column %s is %s in the collection, but the value is %s"
                                .formatted(field.name(), known, field.type()));
            }
            TypedField typed = typed().get(field.name());
            Optional<Rejection> found = typed == null ? untyped(field) : typed(typed, field);
            if (found.isPresent()) {
                return found;
            }
            dynamicBytes += typed == null ? field.name().length() + ValueKinds.size(field.value()) + 4 : 0;
        }
        // An escaped character takes up to six bytes, so most rows need not be encoded to know that they fit.
        return dynamicBytes * 6 > DynamicJson.MAX_BYTES
                        && DynamicJson.of(fields, typed()).size() > DynamicJson.MAX_BYTES
                ? rejection(
                        ErrorType.SCHEMA,
                        "the columns without their own field take more than the %d bytes of the dynamic field"
                                .formatted(DynamicJson.MAX_BYTES))
                : Optional.empty();
    }

    private Map<String, TypedField> typed() {
        return layout == null ? Map.of() : layout.typed();
    }

    private static Optional<Rejection> untyped(Field field) {
        if (field.name().equals(FieldNames.ID) || field.name().equals(FieldNames.DYNAMIC)) {
            return rejection(
                    ErrorType.SCHEMA,
                    "a column named %s conflicts with the collection's own: rename it, with `transform: [{rename: …}]` or, in Kafka Connect, with ReplaceField"
                            .formatted(field.name()));
        }
        return ofKind(field);
    }

    private static Optional<Rejection> typed(TypedField typed, Field field) {
        if (field.value() instanceof Value.Null && !typed.nullable()) {
            return rejection(
                    ErrorType.SCHEMA, "column %s is NULL, but its field is not nullable".formatted(field.name()));
        }
        if (field.value() instanceof Value.Text(String text) && MilvusTypes.isLonger(text, typed.maxBytes())) {
            return rejection(
                    ErrorType.SCHEMA,
                    "the text of column %s is longer than the %d bytes of its field"
                            .formatted(field.name(), typed.maxBytes()));
        }
        return MilvusTypes.fits(typed.type(), field.value())
                ? ofKind(field)
                : rejection(
                        ErrorType.SCHEMA,
                        "the value of column %s does not fit its field, which is %s"
                                .formatted(field.name(), typed.type()));
    }

    private static Optional<Rejection> ofKind(Field field) {
        return ValueKinds.fits(field.type(), field.value())
                ? Optional.empty()
                : rejection(
                        ErrorType.SCHEMA, "the value of column %s is not a %s".formatted(field.name(), field.type()));
    }

    private static Optional<Rejection> rejection(ErrorType type, String message) {
        return Optional.of(new Rejection(type, message));
    }
}
