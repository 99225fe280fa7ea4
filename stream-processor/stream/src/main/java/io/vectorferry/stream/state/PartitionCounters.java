package io.vectorferry.stream.state;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.state.KeyValueStore;

/** The counts of a partition, stored about once a second, so that a crash loses at most that much. */
public final class PartitionCounters {
    private static final String KEY = "counts";

    private final KeyValueStore<String, StreamCounts> store;
    private StreamCounts counts;

    public PartitionCounters(KeyValueStore<String, StreamCounts> store) {
        this.store = store;
        StreamCounts kept = store.get(KEY);
        this.counts = kept == null ? StreamCounts.ZERO : kept;
    }

    public void noop() {
        counts = new StreamCounts(counts.noops() + 1, counts.stale(), counts.deadLetters());
    }

    public void stale() {
        counts = new StreamCounts(counts.noops(), counts.stale() + 1, counts.deadLetters());
    }

    public void deadLetter() {
        counts = new StreamCounts(counts.noops(), counts.stale(), counts.deadLetters() + 1);
    }

    public StreamCounts keep() {
        if (!counts.equals(store.get(KEY))) {
            store.put(KEY, counts);
        }
        return counts;
    }

    /** The counts of one partition since the pipeline began. */
    public record StreamCounts(long noops, long stale, long deadLetters) {
        public static final StreamCounts ZERO = new StreamCounts(0, 0, 0);

        public byte[] encode() {
            return ByteBuffer.allocate(3 * Long.BYTES)
                    .putLong(noops)
                    .putLong(stale)
                    .putLong(deadLetters)
                    .array();
        }

        public static StreamCounts decode(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new StreamCounts(in.getLong(), in.getLong(), in.getLong());
        }
    }

    /** Hears about once a second what each partition has counted, on the partition's own thread; it returns at once. */
    @FunctionalInterface
    public interface StreamProgressListener {
        StreamProgressListener NONE = (partition, counts) -> {};

        void counted(int partition, StreamCounts counts);
    }
}
