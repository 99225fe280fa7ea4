package io.vectorferry.sink.milvus.read;

import com.google.protobuf.ByteString;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.DescribeIndexResponse;
import io.milvus.grpc.DslType;
import io.milvus.grpc.PlaceholderGroup;
import io.milvus.grpc.PlaceholderType;
import io.milvus.grpc.PlaceholderValue;
import io.milvus.grpc.SearchRequest;
import io.milvus.grpc.SearchResults;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.FieldCondition;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.IndexConfig.Metric;
import io.vectorferry.sink.milvus.collection.MilvusCollection;
import io.vectorferry.sink.milvus.collection.NewCollection;
import io.vectorferry.sink.spi.TargetReader.Hit;
import io.vectorferry.stores.milvus.FilterExpressions;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.MilvusErrors;
import io.vectorferry.stores.milvus.VectorColumns;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks a collection for its nearest rows, by its own index and with strong consistency. */
final class MilvusSearch {
    private static final int MIN_EF = 128;
    private static final int PROBES = 32;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final MilvusClient client;
    private final MilvusCollection collection;
    private @Nullable String field;

    MilvusSearch(MilvusClient client, MilvusCollection collection) {
        this.client = client;
        this.collection = collection;
    }

    /** Chooses the field of the searches that follow. */
    void by(String chosen) {
        field = chosen;
    }

    private Optional<CollectionLayout.VectorField> searched(CollectionLayout layout) {
        String chosen = field;
        return chosen == null ? layout.vectors().stream().findFirst() : layout.vector(chosen);
    }

    List<Hit> nearest(CollectionLayout layout, Vector query, int k, List<FieldCondition> conditions) {
        CollectionLayout.VectorField vector = searched(layout).orElse(null);
        if (vector == null || vector.element() != query.element()) {
            throw FerryException.misconfigured(
                    "collection %s has no %s vectors to search by".formatted(collection.name(), query.element()), "");
        }
        Metric metric = metric(layout);
        String filter = FilterExpressions.all(conditions, layout.typed().keySet());
        String action = "searching collection " + collection.name();
        SearchResults answer =
                client.ask(action, TIMEOUT, milvus -> milvus.search(request(vector.name(), query, k, metric, filter)));
        if (!MilvusErrors.isOk(answer.getStatus())) {
            throw MilvusErrors.translate(action, answer.getStatus());
        }
        List<TargetKey.Id> ids = AnswerRows.ids(answer.getResults().getIds());
        List<Hit> hits = new ArrayList<>(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            hits.add(new Hit(ids.get(i), distance(metric, answer.getResults().getScores(i))));
        }
        return hits;
    }

    /** Milvus scores COSINE and IP by likeness, where more is nearer. */
    private static double distance(Metric metric, float score) {
        return switch (metric) {
            case COSINE, IP -> 1 - (double) score;
            case L2, HAMMING, JACCARD -> score;
        };
    }

    Metric metric(CollectionLayout layout) {
        DescribeIndexResponse index = collection
                .index()
                .orElseThrow(() -> FerryException.misconfigured(
                        "collection %s has no index".formatted(collection.name()), "Start the sink: it creates one."));
        String searched =
                searched(layout).map(CollectionLayout.VectorField::name).orElse("");
        return index.getIndexDescriptionsList().stream()
                .filter(description -> description.getFieldName().equals(searched))
                .flatMap(description -> description.getParamsList().stream())
                .filter(parameter -> parameter.getKey().equals("metric_type"))
                .map(parameter -> Metric.valueOf(parameter.getValue()))
                .findFirst()
                .orElse(Metric.COSINE);
    }

    private SearchRequest request(String field, Vector query, int k, Metric metric, String filter) {
        PlaceholderValue vector = PlaceholderValue.newBuilder()
                .setTag("$0")
                .setType(placeholder(query.element()))
                .addValues(bytes(query))
                .build();
        return SearchRequest.newBuilder()
                .setCollectionName(collection.name())
                .setDslType(DslType.BoolExprV1)
                .setDsl(filter)
                .setNq(1)
                .setPlaceholderGroup(PlaceholderGroup.newBuilder()
                        .addPlaceholders(vector)
                        .build()
                        .toByteString())
                .setConsistencyLevel(ConsistencyLevel.Strong)
                .addSearchParams(NewCollection.pair("anns_field", field))
                .addSearchParams(NewCollection.pair("topk", Integer.toString(k)))
                .addSearchParams(NewCollection.pair("metric_type", metric.name()))
                .addSearchParams(NewCollection.pair("round_decimal", "-1"))
                .addSearchParams(NewCollection.pair(
                        "params", "{\"ef\":%d,\"nprobe\":%d}".formatted(Math.max(MIN_EF, 2 * k), PROBES)))
                .build();
    }

    private static ByteString bytes(Vector query) {
        return query.element() == VectorElement.SPARSE
                ? VectorColumns.column(VectorElement.SPARSE, query.dimension(), List.of(query))
                        .getSparseFloatVector()
                        .getContents(0)
                : query.values();
    }

    private static PlaceholderType placeholder(VectorElement element) {
        return switch (element) {
            case FLOAT32 -> PlaceholderType.FloatVector;
            case FLOAT16 -> PlaceholderType.Float16Vector;
            case BFLOAT16 -> PlaceholderType.BFloat16Vector;
            case INT8 -> PlaceholderType.Int8Vector;
            case BINARY -> PlaceholderType.BinaryVector;
            case SPARSE -> PlaceholderType.SparseFloatVector;
        };
    }
}
