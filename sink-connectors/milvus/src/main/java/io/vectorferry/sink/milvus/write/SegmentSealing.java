package io.vectorferry.sink.milvus.write;

import io.milvus.grpc.IndexDescription;
import io.vectorferry.sink.milvus.collection.MilvusCollection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals what was written once the sink has caught up, so that the server indexes it, and logs the progress of the
 * index.
 */
final class SegmentSealing {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSealing.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    /** Minimum for a flush: with fewer, a search in the growing segment is as good, and small segments are a burden. */
    private static final long ROWS_WORTH_A_FLUSH = 10_000;

    private final MilvusCollection collection;
    private long rowsSinceFlush;
    private long nextNanos = System.nanoTime();
    private final Map<String, String> lastProgress = new HashMap<>(); // by index

    SegmentSealing(MilvusCollection collection) {
        this.collection = collection;
    }

    void wrote(long rows) {
        rowsSinceFlush += rows;
    }

    void look() {
        if (System.nanoTime() - nextNanos < 0) {
            return;
        }
        nextNanos = System.nanoTime() + INTERVAL.toNanos();
        if (rowsSinceFlush >= ROWS_WORTH_A_FLUSH) {
            collection.flush();
            LOG.info("flushed collection {} after {} writes", collection.name(), rowsSinceFlush);
            rowsSinceFlush = 0;
        }
        collection.index().ifPresent(index -> index.getIndexDescriptionsList().forEach(this::tell));
    }

    private void tell(IndexDescription index) {
        String progress =
                "%d of %d rows indexed, %s".formatted(index.getIndexedRows(), index.getTotalRows(), index.getState());
        if (!progress.equals(lastProgress.put(index.getIndexName(), progress))) {
            LOG.info("index {} of collection {}: {}", index.getIndexName(), collection.name(), progress);
        }
    }
}
