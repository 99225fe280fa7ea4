package io.vectorferry.producer.postgres.capture;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.connect.runtime.WorkerConfig;
import org.apache.kafka.connect.storage.OffsetBackingStore;
import org.apache.kafka.connect.util.Callback;

/**
 * Debezium's offsets, in memory alone and beginning at the place that {@code control} has recorded:
 * docs/decisions/capture-without-offsets.md. Debezium makes it by its name. Safe for any thread.
 */
public final class RecordedOffset implements OffsetBackingStore {
    static final String PROPERTY = "offset.storage.place";

    private final Map<ByteBuffer, ByteBuffer> offsets = new HashMap<>();
    private String place = "0";

    @Override
    public synchronized void configure(WorkerConfig config) {
        place = String.valueOf(config.originals().get(PROPERTY));
    }

    @Override
    public void start() {
        // nothing is opened
    }

    @Override
    public void stop() {
        // nothing is kept
    }

    @Override
    public synchronized Future<Map<ByteBuffer, ByteBuffer>> get(Collection<ByteBuffer> keys) {
        Map<ByteBuffer, ByteBuffer> found = new HashMap<>();
        keys.forEach(key -> found.put(key, offsets.getOrDefault(key, first())));
        return CompletableFuture.completedFuture(found);
    }

    /**
     * Returns no more than this: otherwise Debezium would search the log for what it believes to be the next event,
     * and skip what comes before.
     */
    private ByteBuffer first() {
        return ByteBuffer.wrap("{\"lsn\":%s,\"ts_usec\":0}".formatted(place).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public synchronized Future<Void> set(Map<ByteBuffer, ByteBuffer> values, Callback<Void> callback) {
        offsets.putAll(values);
        callback.onCompletion(null, null);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Set<Map<String, Object>> connectorPartitions(String connectorName) {
        return Set.of();
    }
}
