package io.vectorferry.sink.milvus.collection;

import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.DataType;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.KeyValuePair;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetSchema.IdKind;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A collection as the server describes it, seen as the source's columns: a column is in the field of its name where
 * there is one, else in the dynamic field.
 */
public record CollectionLayout(
        String collection, IdField id, List<VectorField> vectors, Map<String, TypedField> typed, boolean dynamic) {

    public record IdField(String name, DataType type, boolean automatic, int maxBytes) {
        public Optional<IdKind> kind() {
            return type == DataType.Int64
                    ? Optional.of(IdKind.NUMBER)
                    : type == DataType.VarChar ? Optional.of(IdKind.TEXT) : Optional.empty();
        }

        /** Milvus cannot name the smallest int64 in a filter, and finds no row with the largest. */
        public boolean canHold(TargetKey.Id of) {
            return switch (of) {
                case TargetKey.NumberId(long value) ->
                    type == DataType.Int64 && value != Long.MIN_VALUE && value != Long.MAX_VALUE;
                case TargetKey.TextId(String text) -> type == DataType.VarChar && !MilvusTypes.isLonger(text, maxBytes);
            };
        }
    }

    public CollectionLayout {
        vectors = List.copyOf(vectors);
    }

    public record VectorField(String name, VectorElement element, int dimension) {}

    /** @param maxBytes of UTF-8, where it is text */
    public record TypedField(String name, DataType type, boolean nullable, boolean partitionKey, int maxBytes) {}

    public static CollectionLayout of(DescribeCollectionResponse described) {
        CollectionSchema schema = described.getSchema();
        IdField id = new IdField("", DataType.None, false, 0);
        List<VectorField> vectors = new ArrayList<>();
        Map<String, TypedField> typed = new LinkedHashMap<>();
        for (FieldSchema field : schema.getFieldsList()) {
            Optional<VectorElement> element = element(field.getDataType());
            if (field.getIsPrimaryKey()) {
                id = new IdField(field.getName(), field.getDataType(), field.getAutoID(), maxBytes(field));
            } else if (element.isPresent()) {
                vectors.add(new VectorField(field.getName(), element.get(), parameter(field, "dim", 0)));
            } else if (!field.getIsDynamic()) {
                typed.put(
                        field.getName(),
                        new TypedField(
                                field.getName(),
                                field.getDataType(),
                                field.getNullable() || field.hasDefaultValue(),
                                field.getIsPartitionKey(),
                                maxBytes(field)));
            }
        }
        return new CollectionLayout(schema.getName(), id, vectors, typed, schema.getEnableDynamicField());
    }

    /** @param field the field's own name */
    public Optional<VectorField> vector(String field) {
        return vectors.stream().filter(vector -> vector.name().equals(field)).findFirst();
    }

    /** Returns the source's column of a vector field. */
    public static String columnOf(VectorField field, ColumnCatalog catalog) {
        return catalog.vectors().stream()
                .filter(column -> FieldNames.legal(column).equals(field.name()))
                .findFirst()
                .orElse(field.name());
    }

    public Optional<TypedField> typedField(String column) {
        return Optional.ofNullable(typed.get(column));
    }

    public static Optional<ColumnCatalog> catalog(DescribeCollectionResponse described) {
        for (KeyValuePair property : described.getPropertiesList()) {
            if (property.getKey().equals(ColumnCatalog.PROPERTY)) {
                return Optional.of(ColumnCatalog.parse(property.getValue()));
            }
        }
        return Optional.empty();
    }

    /** Returns the apparent columns of a collection that ferry has not created. */
    public ColumnCatalog guessedCatalog() {
        Map<String, FieldType> fields = new LinkedHashMap<>();
        typed.forEach((name, field) -> guess(field.type()).ifPresent(type -> fields.put(name, type)));
        return new ColumnCatalog(vectors.stream().map(VectorField::name).toList(), fields);
    }

    private static Optional<FieldType> guess(DataType type) {
        for (FieldType.Name name : List.of(
                FieldType.Name.BOOL,
                FieldType.Name.INT16,
                FieldType.Name.INT32,
                FieldType.Name.INT64,
                FieldType.Name.REAL32,
                FieldType.Name.REAL64,
                FieldType.Name.TEXT)) {
            if (MilvusTypes.scalar(FieldType.of(name)).filter(type::equals).isPresent()) {
                return Optional.of(FieldType.of(name));
            }
        }
        return Optional.empty();
    }

    private static Optional<VectorElement> element(DataType type) {
        for (VectorElement element : VectorElement.values()) {
            if (MilvusTypes.vector(element) == type) {
                return Optional.of(element);
            }
        }
        return Optional.empty();
    }

    private static int maxBytes(FieldSchema field) {
        return parameter(field, "max_length", MilvusTypes.MAX_TEXT_BYTES);
    }

    private static int parameter(FieldSchema field, String name, int fallback) {
        for (KeyValuePair parameter : field.getTypeParamsList()) {
            if (parameter.getKey().equals(name)) {
                return Integer.parseInt(parameter.getValue());
            }
        }
        return fallback;
    }
}
