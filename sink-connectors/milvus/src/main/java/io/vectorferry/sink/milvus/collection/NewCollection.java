package io.vectorferry.sink.milvus.collection;

import io.milvus.grpc.CollectionSchema;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.CreateCollectionRequest;
import io.milvus.grpc.CreateIndexRequest;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldSchema;
import io.milvus.grpc.KeyValuePair;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.TargetSchema;
import io.vectorferry.sink.spi.TargetSchema.VectorShape;
import io.vectorferry.sink.spi.parts.ColumnCatalog;
import io.vectorferry.stores.milvus.FieldNames;
import io.vectorferry.stores.milvus.MilvusTypes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The requests that make a collection for these rows.
 *
 * @param searchedBy how the source itself searches the vectors
 * @param nullableFields the server has fields that may be NULL, so every column can have its own
 */
public record NewCollection(
        String name,
        TargetSchema schema,
        MilvusConfig config,
        boolean nullableFields,
        Supplier<Optional<DistanceMetric>> searchedBy) {

    /** Begins the description; whose rows it holds follows. */
    static final String MADE_FROM = "made by vectorferry from ";

    /** The default of newer servers; 2.3 creates 64, which takes half a minute. */
    private static final int KEYED_PARTITIONS = 16;

    /** The server's default ({@code proxy.maxFieldNum}). */
    private static final int MAX_FIELDS = 64;

    /** The key and the dynamic field. */
    private static final int OTHER_FIELDS = 2;

    /** The server's default ({@code proxy.maxDimension}); binary vectors count in bits. */
    private static final int MAX_DIMENSION = 32_768;

    public CreateCollectionRequest request() {
        requireIndex();
        requireNames();
        CollectionSchema.Builder collection = CollectionSchema.newBuilder()
                .setName(name)
                .setDescription(MADE_FROM + schema.collection())
                .setEnableDynamicField(true)
                .addFields(id());
        schema.vectors().forEach(vector -> collection.addFields(vectorField(vector)));
        Set<String> ofTheirOwn = ofTheirOwn();
        for (Map.Entry<String, FieldType> column : schema.fields().entrySet()) {
            if (ofTheirOwn.contains(column.getKey())) {
                collection.addFields(field(column.getKey(), column.getValue()));
            }
        }
        CreateCollectionRequest.Builder request = CreateCollectionRequest.newBuilder();
        config.partitionKey().ifPresent(ignored -> request.setNumPartitions(KEYED_PARTITIONS));
        return request.setCollectionName(name)
                .setShardsNum(config.shards())
                .setConsistencyLevel(ConsistencyLevel.Strong)
                .setSchema(collection.build().toByteString())
                .addProperties(pair(ColumnCatalog.PROPERTY, catalog().text()))
                .build();
    }

    public ColumnCatalog catalog() {
        return new ColumnCatalog(
                schema.vectors().stream().map(VectorShape::name).toList(), schema.fields());
    }

    public CreateIndexRequest index(VectorShape vector) {
        IndexConfig index = config.index();
        VectorElement element = vector.element();
        String field = FieldNames.legal(vector.name());
        return CreateIndexRequest.newBuilder()
                .setCollectionName(name)
                .setFieldName(field)
                .setIndexName(field)
                .addExtraParams(pair("index_type", index.kindFor(element).name()))
                .addExtraParams(pair(
                        "metric_type",
                        index.metricFor(element, searchedBy.get()).name()))
                .addExtraParams(pair("params", index.parametersFor(element)))
                .build();
    }

    /** The columns that have a field each: those that the user wants, and where fields may be NULL the first others that a collection has room for. */
    private Set<String> ofTheirOwn() {
        Set<String> columns = new HashSet<>();
        schema.fields().keySet().stream().filter(config::isTyped).forEach(columns::add);
        if (nullableFields) {
            schema.fields().forEach((column, type) -> {
                if (columns.size()
                                < MAX_FIELDS - OTHER_FIELDS - schema.vectors().size()
                        && canBeTyped(column, type)) {
                    columns.add(column);
                }
            });
        }
        return columns;
    }

    private void requireIndex() {
        List<VectorElement> elements =
                schema.vectors().stream().map(VectorShape::element).toList();
        config.index().misfit(elements).ifPresent(setting -> {
            VectorShape vector = schema.vectors().getFirst();
            throw FerryException.misconfigured(
                    "Milvus has no index `%s` for %s vectors, which `%s` has"
                            .formatted(setting, vector.element(), vector.name()),
                    "Change `index: {%s}` of the target, or remove it: each kind of vector then gets a suitable index."
                            .formatted(setting));
        });
    }

    /** Two vectors need two fields; a payload column of the same name goes into the dynamic field. */
    private void requireNames() {
        Map<String, String> columns = new HashMap<>();
        for (VectorShape vector : schema.vectors()) {
            String other = columns.put(FieldNames.legal(vector.name()), vector.name());
            if (other != null) {
                throw FerryException.misconfigured(
                        "Milvus cannot distinguish the vectors `%s` and `%s`: a field name has letters, digits and `_`"
                                .formatted(other, vector.name()),
                        "Rename one of them with `transform: [{rename: …}]`.");
            }
        }
    }

    private FieldSchema id() {
        FieldSchema.Builder id = FieldSchema.newBuilder().setName(FieldNames.ID).setIsPrimaryKey(true);
        return switch (schema.idKind()) {
            case NUMBER -> id.setDataType(DataType.Int64).build();
            case TEXT ->
                id.setDataType(DataType.VarChar)
                        .addTypeParams(pair("max_length", Integer.toString(MilvusTypes.MAX_TEXT_BYTES)))
                        .build();
        };
    }

    private static void requireDimension(VectorShape vector) {
        int max = vector.element() == VectorElement.BINARY ? MAX_DIMENSION * Byte.SIZE : MAX_DIMENSION;
        if (vector.element() != VectorElement.SPARSE && (vector.dimension() < 2 || vector.dimension() > max)) {
            throw FerryException.misconfigured(
                    "Milvus accepts %s vectors of 2 to %d dimensions, but `%s` has %d"
                            .formatted(vector.element(), max, vector.name(), vector.dimension()),
                    "Remove the collection from pipelines with a Milvus target, or use LanceDB for it.");
        }
    }

    private static FieldSchema vectorField(VectorShape vector) {
        requireDimension(vector);
        if (vector.element() == VectorElement.BINARY && vector.dimension() % Byte.SIZE != 0) {
            throw FerryException.misconfigured(
                    "Milvus accepts binary vectors of a multiple of 8 dimensions, but `%s` has %d"
                            .formatted(vector.name(), vector.dimension()),
                    "Widen the column in the source.");
        }
        FieldSchema.Builder field = FieldSchema.newBuilder()
                .setName(FieldNames.legal(vector.name()))
                .setDataType(MilvusTypes.vector(vector.element()));
        if (vector.element() != VectorElement.SPARSE) {
            field.addTypeParams(pair("dim", Integer.toString(vector.dimension())));
        }
        return field.build();
    }

    private boolean canBeTyped(String column, FieldType type) {
        return MilvusTypes.scalar(type).isPresent()
                && FieldNames.legal(column).equals(column)
                && !column.equals(FieldNames.ID)
                && schema.vectors().stream()
                        .noneMatch(vector -> FieldNames.legal(vector.name()).equals(column));
    }

    private FieldSchema field(String column, FieldType type) {
        if (!canBeTyped(column, type)) {
            throw cannotBeTyped(column, type);
        }
        boolean partitionKey = config.partitionKey().filter(column::equals).isPresent();
        DataType dataType = MilvusTypes.scalar(type).orElseThrow();
        FieldSchema.Builder field = FieldSchema.newBuilder()
                .setName(column)
                .setDataType(dataType)
                .setIsPartitionKey(partitionKey)
                .setNullable(nullableFields && !partitionKey);
        if (dataType == DataType.VarChar) {
            field.addTypeParams(pair("max_length", Integer.toString(MilvusTypes.maxLength(type))));
        }
        return field.build();
    }

    private static FerryException cannotBeTyped(String column, FieldType type) {
        return FerryException.misconfigured(
                "column `%s` of type %s%s cannot have its own field in Milvus"
                        .formatted(column, type.list() ? "list of " : "", type.name()),
                "Remove it from `typed` and `partitionKey`: it then goes into the dynamic field, where filters find it too. A field name may have letters, digits and `_`: rename the column with `transform: [{rename: …}]`.");
    }

    public static KeyValuePair pair(String key, String value) {
        return KeyValuePair.newBuilder().setKey(key).setValue(value).build();
    }
}
