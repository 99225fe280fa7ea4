package io.vectorferry.producer.milvus;

import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.DataType;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.KeyValuePair;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.producer.rescan.spi.StoreCollection;
import io.vectorferry.producer.rescan.spi.StoreCollection.KeyKind;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A collection as the server describes it, seen as the columns of rows.
 *
 * @param number that the server gave it, which another one of its name does not have
 * @param scalars in the schema's order, with the exact types that ferry recorded when it filled the collection
 * @param recorded the columns that ferry recorded, of which the dynamic field holds some; empty if another program fills it
 */
record ReadCollection(
        String name,
        long number,
        String keyField,
        KeyKind keys,
        List<VectorColumnOf> vectors,
        Map<String, FieldType> scalars,
        boolean dynamic,
        Map<String, FieldType> recorded) {

    /** Assumed for a sparse vector. */
    private static final int SPARSE_BYTES = 1_000;

    private static final int OTHER_BYTES_PER_ROW = 1_000;

    /** Maximum of one response; Milvus itself limits it by rows (16,384) and by message size. */
    private static final long PAGE_BYTES = 8L << 20;

    private static final int MAX_PAGE_ROWS = 2_000;

    /**
     * A field of vectors.
     *
     * @param column its name in rows
     * @param dimension 0 if sparse
     */
    record VectorColumnOf(String field, String column, VectorElement element, int dimension) {
        int bytes() {
            return element == VectorElement.SPARSE ? SPARSE_BYTES : element.denseBytes(dimension);
        }
    }

    static ReadCollection of(DescribeCollectionResponse described) {
        CollectionSchema schema = described.getSchema();
        RecordedColumns known = RecordedColumns.of(described);
        Map<String, FieldType> recorded = known.fields();
        String keyField = "";
        KeyKind keys = KeyKind.TEXT;
        List<VectorColumnOf> vectors = new ArrayList<>();
        Map<String, FieldType> scalars = new LinkedHashMap<>();
        for (FieldSchema field : schema.getFieldsList()) {
            Optional<VectorElement> element = element(field.getDataType());
            if (field.getIsPrimaryKey()) {
                keyField = field.getName();
                keys = field.getDataType() == DataType.Int64 ? KeyKind.WHOLE : KeyKind.TEXT;
            } else if (element.isPresent()) {
                String column = known.vectors().stream()
                        .filter(name -> FieldNames.legal(name).equals(field.getName()))
                        .findFirst()
                        .orElse(field.getName());
                vectors.add(new VectorColumnOf(field.getName(), column, element.get(), dimension(field)));
            } else if (!field.getIsDynamic()) {
                FieldType type = typeOf(schema.getName(), field);
                scalars.put(field.getName(), recorded.getOrDefault(field.getName(), type));
            }
        }
        return new ReadCollection(
                schema.getName(),
                described.getCollectionID(),
                keyField,
                keys,
                vectors,
                scalars,
                schema.getEnableDynamicField(),
                recorded);
    }

    private static Optional<VectorElement> element(DataType type) {
        for (VectorElement element : VectorElement.values()) {
            if (MilvusTypes.vector(element) == type) {
                return Optional.of(element);
            }
        }
        return Optional.empty();
    }

    private static int dimension(FieldSchema field) {
        for (KeyValuePair parameter : field.getTypeParamsList()) {
            if (parameter.getKey().equals("dim")) {
                return Integer.parseInt(parameter.getValue());
            }
        }
        return 0;
    }

    private static FieldType typeOf(String collection, FieldSchema field) {
        boolean isList = field.getDataType() == DataType.Array;
        DataType type = isList ? field.getElementType() : field.getDataType();
        FieldType.Name name =
                switch (type) {
                    case Bool -> FieldType.Name.BOOL;
                    case Int8, Int16 -> FieldType.Name.INT16;
                    case Int32 -> FieldType.Name.INT32;
                    case Int64 -> FieldType.Name.INT64;
                    case Float -> FieldType.Name.REAL32;
                    case Double -> FieldType.Name.REAL64;
                    case String, VarChar, Text -> FieldType.Name.TEXT;
                    case JSON -> FieldType.Name.JSON;
                    default -> // an enum of the server's
                        throw FerryException.misconfigured(
                                "field %s of collection %s has the type %s, which the pipeline cannot represent"
                                        .formatted(field.getName(), collection, type),
                                "List the collections without such fields in source.milvus.collections.");
                };
        return isList ? FieldType.listOf(name) : FieldType.of(name);
    }

    StoreCollection collection() {
        return new StoreCollection(name, "%d-%s".formatted(number, keys), keys, Map.of());
    }

    List<String> outputFields() {
        List<String> fields = new ArrayList<>(List.of(keyField));
        vectors.forEach(vector -> fields.add(vector.field()));
        fields.addAll(scalars.keySet());
        if (dynamic) {
            fields.add(FieldNames.DYNAMIC);
        }
        return fields;
    }

    int pageRows() {
        long rowBytes = OTHER_BYTES_PER_ROW;
        for (VectorColumnOf vector : vectors) {
            rowBytes += vector.bytes();
        }
        return Math.clamp(PAGE_BYTES / rowBytes, 1, MAX_PAGE_ROWS);
    }

    /** Returns the id by which the row of the key is found; empty if no row can have it, or if Milvus cannot be asked for it. */
    Optional<TargetKey.Id> idOf(SourceKey key) {
        if (key.parts().size() != 1) {
            return Optional.empty();
        }
        return switch (key.parts().getFirst()) {
            case Value.Whole(long number)
            when keys == KeyKind.WHOLE && number != Long.MIN_VALUE -> Optional.of(new TargetKey.NumberId(number));
            case Value.Text(String text) when keys == KeyKind.TEXT -> Optional.of(new TargetKey.TextId(text));
            case Value ignored -> Optional.empty();
        };
    }

    TargetKey.Id idAt(SourceKey key) {
        return switch (key.parts().getFirst()) {
            case Value.Whole(long number) -> new TargetKey.NumberId(number);
            case Value.Text(String text) -> new TargetKey.TextId(text);
            case Value other -> throw new IllegalArgumentException("no primary key: " + other.getClass());
        };
    }
}
