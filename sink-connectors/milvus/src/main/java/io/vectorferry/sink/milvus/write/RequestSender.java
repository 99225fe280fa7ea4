package io.vectorferry.sink.milvus.write;

import com.google.common.util.concurrent.ListenableFuture;
import io.milvus.grpc.DeleteRequest;
import io.milvus.grpc.MutationResult;
import io.milvus.shaded.io.grpc.StatusRuntimeException;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.WriteLimits;
import io.vectorferry.sink.milvus.write.WriteRequests.Chunk;
import io.vectorferry.stores.milvus.FilterExpressions;
import io.vectorferry.stores.milvus.MilvusClient;
import io.vectorferry.stores.milvus.MilvusErrors;
import io.vectorferry.stores.milvus.RateLimit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the requests of a batch, some at once, until every one is acknowledged. For one thread. */
final class RequestSender {
    private static final Logger LOG = LoggerFactory.getLogger(RequestSender.class);

    /** Below, a request that is found too much is sent again as it is. */
    private static final int FEWEST_ROWS_TO_HALVE = 64;

    private record InFlight(Chunk chunk, ListenableFuture<MutationResult> answer) {}

    private final MilvusClient client;
    private final WriteLimits limits;
    private final RateLimit pace;

    RequestSender(MilvusClient client, WriteLimits limits) {
        this.client = client;
        this.limits = limits;
        this.pace = new RateLimit(limits.inFlight());
    }

    /**
     * Takes each chunk out of {@code pending} when it is acknowledged; when it throws, the rest is still in there.
     *
     * @param givenUp takes the chunks whose requests nobody waits for any more
     */
    void send(CollectionLayout layout, Deque<Chunk> pending, Consumer<Chunk> givenUp) {
        Deque<InFlight> sent = new ArrayDeque<>();
        try {
            while (!pending.isEmpty() || !sent.isEmpty()) {
                while (!pending.isEmpty() && sent.size() < pace.atOnce()) {
                    Chunk chunk = pending.removeFirst();
                    sent.addLast(new InFlight(chunk, start(layout, chunk)));
                }
                settle(layout, sent, pending);
            }
        } finally {
            // Those that nobody waited for may be written or not, now or later: they are sent again.
            sent.forEach(request -> {
                givenUp.accept(request.chunk());
                pending.addFirst(request.chunk());
            });
        }
    }

    private ListenableFuture<MutationResult> start(CollectionLayout layout, Chunk chunk) {
        return switch (chunk) {
            case Chunk.Upserts(var writes) ->
                client.sending(limits.timeout()).upsert(RowColumns.request(layout, writes));
            case Chunk.Deletes(var ids) ->
                client.sending(limits.timeout())
                        .delete(DeleteRequest.newBuilder()
                                .setCollectionName(layout.collection())
                                .setExpr(FilterExpressions.idIn(ids))
                                .build());
        };
    }

    private void settle(CollectionLayout layout, Deque<InFlight> sent, Deque<Chunk> pending) {
        InFlight oldest = sent.getFirst();
        MutationResult result = result(oldest);
        if (MilvusErrors.isOk(result.getStatus())) {
            sent.removeFirst();
            pace.acknowledged();
            return;
        }
        String action = "a write to collection " + layout.collection();
        FerryException refusal = MilvusErrors.ofRows(action, result.getStatus());
        sent.removeFirst();
        if (!MilvusErrors.isSlowDown(result.getStatus())) {
            pending.addFirst(oldest.chunk());
            throw refusal;
        }
        if (oldest.chunk().rows() > FEWEST_ROWS_TO_HALVE) {
            WriteRequests.halves(oldest.chunk()).forEach(pending::addFirst);
        } else {
            pending.addFirst(oldest.chunk());
        }
        if (!pace.isSlowed()) {
            LOG.warn("Milvus throttles: {}", refusal.getMessage());
        }
        pace.slowDown(refusal);
    }

    private MutationResult result(InFlight request) {
        try {
            return request.answer().get();
        } catch (ExecutionException e) {
            @Nullable Throwable cause = e.getCause();
            if (cause instanceof StatusRuntimeException failure) {
                throw MilvusErrors.translate("a write", client.server(), failure);
            }
            throw FerryException.retryable("a write to Milvus failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw FerryException.retryable("interrupted while writing to Milvus", e);
        }
    }
}
