package io.vectorferry.sink.milvus.write;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.sink.milvus.collection.CollectionLayout;
import io.vectorferry.sink.milvus.collection.WriteLimits;
import io.vectorferry.sink.spi.TargetWrite;
import io.vectorferry.sink.spi.WriteBatch;
import io.vectorferry.sink.spi.parts.ValueKinds;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A batch cut into requests. Its keys are all different, so the requests may be sent in any order and at once. */
public final class WriteRequests {
    /** The content of one request. */
    sealed interface Chunk {
        int rows();

        List<TargetKey.Id> ids();

        record Upserts(List<TargetWrite.Upsert> writes) implements Chunk {
            @Override
            public int rows() {
                return writes.size();
            }

            @Override
            public List<TargetKey.Id> ids() {
                return writes.stream().map(write -> write.key().id()).toList();
            }
        }

        record Deletes(List<TargetKey.Id> ids) implements Chunk {
            @Override
            public int rows() {
                return ids.size();
            }
        }
    }

    private static final int ROW_OVERHEAD_BYTES = 32;

    /** A filter expression is parsed, which a server does not like to do with megabytes. */
    private static final int MAX_IDS_BYTES = 1 << 20;

    private final WriteLimits limits;
    private final Deque<Chunk> done = new ArrayDeque<>();
    private List<TargetWrite.Upsert> upserts = new ArrayList<>();
    private List<TargetKey.Id> deletes = new ArrayList<>();
    private long upsertBytes;
    private long deleteBytes;

    private WriteRequests(WriteLimits limits) {
        this.limits = limits;
    }

    /** Returns the requests of a batch, without deletions of ids that no row can have. */
    public static Deque<Chunk> of(WriteBatch batch, CollectionLayout.IdField id, WriteLimits limits) {
        WriteRequests chunks = new WriteRequests(limits);
        for (TargetWrite write : batch.writes()) {
            switch (write) {
                case TargetWrite.Upsert upsert -> chunks.add(upsert);
                case TargetWrite.Delete delete -> {
                    if (id.canHold(delete.key().id())) {
                        chunks.add(delete.key().id());
                    }
                }
            }
        }
        chunks.endUpserts();
        chunks.endDeletes();
        return chunks.done;
    }

    private void add(TargetWrite.Upsert upsert) {
        long bytes = size(upsert);
        if (!upserts.isEmpty() && upsertBytes + bytes > limits.requestBytes()) {
            endUpserts();
        }
        upserts.add(upsert);
        upsertBytes += bytes;
        if (upserts.size() == limits.requestRows()) {
            endUpserts();
        }
    }

    private void add(TargetKey.Id id) {
        deletes.add(id);
        deleteBytes += size(id);
        if (deletes.size() == limits.requestRows() || deleteBytes > MAX_IDS_BYTES) {
            endDeletes();
        }
    }

    private void endUpserts() {
        if (!upserts.isEmpty()) {
            done.add(new Chunk.Upserts(upserts));
            upserts = new ArrayList<>();
            upsertBytes = 0;
        }
    }

    private void endDeletes() {
        if (!deletes.isEmpty()) {
            done.add(new Chunk.Deletes(deletes));
            deletes = new ArrayList<>();
            deleteBytes = 0;
        }
    }

    static long size(TargetWrite write) {
        return switch (write) {
            case TargetWrite.Upsert upsert -> size(upsert);
            case TargetWrite.Delete delete -> size(delete.key().id());
        };
    }

    public static long size(TargetWrite.Upsert upsert) {
        long bytes = ROW_OVERHEAD_BYTES + size(upsert.key().id());
        Row row = upsert.row();
        for (int i = 0; i < row.vectorCount(); i++) {
            Vector vector = row.vectorAt(i).vector();
            bytes += vector == null ? 0 : vector.values().size();
        }
        for (Field field : row.fields()) {
            bytes += field.name().length() + 3 * ValueKinds.size(field.value());
        }
        return bytes;
    }

    public static long size(TargetKey.Id id) {
        return switch (id) {
            case TargetKey.NumberId ignored -> 20;
            case TargetKey.TextId(String text) -> 3L * text.length();
        };
    }

    /** Splits a request in two if the server finds it too large. */
    static List<Chunk> halves(Chunk chunk) {
        int half = chunk.rows() / 2;
        return switch (chunk) {
            case Chunk.Upserts(var writes) ->
                List.of(
                        new Chunk.Upserts(writes.subList(0, half)),
                        new Chunk.Upserts(writes.subList(half, writes.size())));
            case Chunk.Deletes(var ids) ->
                List.of(new Chunk.Deletes(ids.subList(0, half)), new Chunk.Deletes(ids.subList(half, ids.size())));
        };
    }
}
