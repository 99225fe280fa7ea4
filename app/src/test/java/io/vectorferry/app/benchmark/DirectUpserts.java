package io.vectorferry.app.benchmark;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.milvus.grpc.ConsistencyLevel;
import io.milvus.grpc.DataType;
import io.milvus.grpc.FieldData;
import io.milvus.grpc.FloatArray;
import io.milvus.grpc.JSONArray;
import io.milvus.grpc.LongArray;
import io.milvus.grpc.MilvusServiceGrpc;
import io.milvus.grpc.MutationResult;
import io.milvus.grpc.QueryRequest;
import io.milvus.grpc.QueryResults;
import io.milvus.grpc.ScalarField;
import io.milvus.grpc.UpsertRequest;
import io.milvus.grpc.VectorField;
import io.milvus.shaded.io.grpc.ManagedChannel;
import io.milvus.shaded.io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** What a Milvus server takes from one client: requests that are ready in memory, two of them under way. */
final class DirectUpserts {
    private static final int ROWS_A_REQUEST = 2_000;
    private static final int IN_FLIGHT = 2;

    private final String collection;
    private final int rows;
    private final List<UpsertRequest> requests = new ArrayList<>();

    DirectUpserts(String collection, int rows, int dimension) {
        this.collection = collection;
        this.rows = rows;
        Random random = new Random(7);
        for (int first = 0; first < rows; first += ROWS_A_REQUEST) {
            requests.add(request(first, Math.min(ROWS_A_REQUEST, rows - first), dimension, random));
        }
    }

    private UpsertRequest request(long first, int rows, int dimension, Random random) {
        LongArray.Builder ids = LongArray.newBuilder();
        FloatArray.Builder vectors = FloatArray.newBuilder();
        JSONArray.Builder objects = JSONArray.newBuilder();
        for (long id = first; id < first + rows; id++) {
            ids.addData(id);
            String payload = "{\"title\":\"article %d, edition 1\",\"views\":%d}".formatted(id, random.nextLong());
            objects.addData(ByteString.copyFrom(payload, StandardCharsets.UTF_8));
            for (int i = 0; i < dimension; i++) {
                vectors.addData(random.nextFloat() - 0.5f);
            }
        }
        return UpsertRequest.newBuilder()
                .setCollectionName(collection)
                .setNumRows(rows)
                .addFieldsData(FieldData.newBuilder()
                        .setFieldName("id")
                        .setType(DataType.Int64)
                        .setScalars(ScalarField.newBuilder().setLongData(ids)))
                .addFieldsData(FieldData.newBuilder()
                        .setFieldName("embedding")
                        .setType(DataType.FloatVector)
                        .setVectors(VectorField.newBuilder().setDim(dimension).setFloatVector(vectors)))
                .addFieldsData(FieldData.newBuilder()
                        .setFieldName("$meta")
                        .setType(DataType.JSON)
                        .setIsDynamic(true)
                        .setScalars(ScalarField.newBuilder().setJsonData(objects)))
                .build();
    }

    /**
     * @param acknowledged seconds until the server has acknowledged every request
     * @param readable seconds until a read with strong consistency, which sees all of them, has been answered
     */
    record Taken(double acknowledged, double readable) {}

    Taken send(int port) throws InterruptedException {
        ManagedChannel channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        try {
            var milvus = MilvusServiceGrpc.newFutureStub(channel);
            long started = System.nanoTime();
            Deque<ListenableFuture<MutationResult>> answers = new ArrayDeque<>();
            for (UpsertRequest request : requests) {
                answers.addLast(milvus.upsert(request));
                if (answers.size() == IN_FLIGHT) {
                    await(answers.removeFirst());
                }
            }
            while (!answers.isEmpty()) {
                await(answers.removeFirst());
            }
            double acknowledged = (System.nanoTime() - started) / 1e9;
            readLast(MilvusServiceGrpc.newBlockingStub(channel));
            return new Taken(acknowledged, (System.nanoTime() - started) / 1e9);
        } finally {
            channel.shutdownNow().awaitTermination(1, TimeUnit.MINUTES);
        }
    }

    /** As the sink reads before it acknowledges a barrier. */
    private void readLast(MilvusServiceGrpc.MilvusServiceBlockingStub milvus) {
        QueryResults found = milvus.query(QueryRequest.newBuilder()
                .setCollectionName(collection)
                .setExpr("id == " + (rows - 1))
                .addOutputFields("id")
                .setConsistencyLevel(ConsistencyLevel.Strong)
                .build());
        if (found.getStatus().getCode() != 0 || found.getFieldsDataCount() == 0) {
            throw new IllegalStateException(
                    "the last row is not there: " + found.getStatus().getReason());
        }
    }

    private static void await(ListenableFuture<MutationResult> answer) throws InterruptedException {
        try {
            if (answer.get().getStatus().getCode() != 0) {
                throw new IllegalStateException(answer.get().getStatus().getReason());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
