package io.vectorferry.stores.milvus;

import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.DescribeCollectionRequest;
import io.milvus.grpc.DescribeCollectionResponse;
import io.milvus.grpc.DescribeIndexRequest;
import io.milvus.grpc.DescribeIndexResponse;
import io.milvus.grpc.GetVersionRequest;
import io.milvus.grpc.GetVersionResponse;
import io.milvus.grpc.IndexDescription;
import io.milvus.grpc.KeyValuePair;
import io.milvus.grpc.QueryRequest;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.ShowCollectionsRequest;
import io.milvus.grpc.ShowCollectionsResponse;
import io.milvus.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The collections of a database, and what they hold: everything here only reads. For any thread. */
public final class MilvusCatalog {
    private static final Duration QUICK = Duration.ofSeconds(30);

    /** A query may read from storage. */
    private static final Duration SLOW = Duration.ofMinutes(5);

    private final MilvusClient client;

    public MilvusCatalog(MilvusClient client) {
        this.client = client;
    }

    public String version() {
        String action = "asking for the version";
        GetVersionResponse answer =
                client.ask(action, QUICK, milvus -> milvus.getVersion(GetVersionRequest.getDefaultInstance()));
        check(action, answer.getStatus());
        return answer.getVersion();
    }

    /** Returns the names of the collections. */
    public List<String> collections() {
        String action = "listing collections";
        ShowCollectionsResponse answer = client.ask(
                action, QUICK, milvus -> milvus.showCollections(ShowCollectionsRequest.getDefaultInstance()));
        check(action, answer.getStatus());
        return answer.getCollectionNamesList().stream().sorted().toList();
    }

    /** Returns the collection of that name or alias. */
    public Optional<DescribeCollectionResponse> describe(String name) {
        String action = "describing collection " + name;
        DescribeCollectionResponse described = client.ask(
                action,
                QUICK,
                milvus -> milvus.describeCollection(DescribeCollectionRequest.newBuilder()
                        .setCollectionName(name)
                        .build()));
        if (described.getStatus().getCode() == MilvusErrors.COLLECTION_NOT_FOUND) {
            return Optional.empty();
        }
        check(action, described.getStatus());
        return Optional.of(described);
    }

    /** Returns the metric of a field's index in Milvus' own word; empty if the field has no index. */
    public Optional<String> metric(String collection, String field) {
        String action = "asking for the index of collection " + collection;
        DescribeIndexResponse index = client.ask(
                action,
                QUICK,
                milvus -> milvus.describeIndex(DescribeIndexRequest.newBuilder()
                        .setCollectionName(collection)
                        .build()));
        if (index.getStatus().getCode() == MilvusErrors.INDEX_NOT_FOUND) {
            return Optional.empty();
        }
        check(action, index.getStatus());
        for (IndexDescription one : index.getIndexDescriptionsList()) {
            if (one.getFieldName().equals(field)) {
                for (KeyValuePair parameter : one.getParamsList()) {
                    if (parameter.getKey().equals("metric_type")) {
                        return Optional.of(parameter.getValue());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Sees everything that was acknowledged before the call.
     *
     * @param limit 0: as many rows as there are
     * @return the answer, whatever its status
     */
    public QueryResults strongQuery(String collection, String expression, long limit, List<String> fields) {
        QueryRequest.Builder request = QueryRequest.newBuilder()
                .setCollectionName(collection)
                .setExpr(expression)
                .setConsistencyLevel(ConsistencyLevel.Strong)
                .addAllOutputFields(fields);
        if (limit > 0) {
            request.addQueryParams(KeyValuePair.newBuilder()
                    .setKey("limit")
                    .setValue(Long.toString(limit))
                    .build());
        }
        return client.ask("reading collection " + collection, SLOW, milvus -> milvus.query(request.build()));
    }

    private static void check(String action, Status status) {
        if (!MilvusErrors.isOk(status)) {
            throw MilvusErrors.translate(action, status);
        }
    }
}
