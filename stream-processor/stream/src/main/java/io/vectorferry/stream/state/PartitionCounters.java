package io.vectorferry.stream.state;

import java.nio.ByteBuffer;
import org.apache.kafka.streams.state.KeyValueStore;

/** The counts of a partition, stored about a second after they have changed, so that a crash loses at most that much. */
public final class PartitionCounters {
    private static final String KEY = "counts";

    private final KeyValueStore<String, StreamCounts> store;
    private StreamCounts counts;
    private StreamCounts kept;
    private Runnable whenChanged = () -> {};

    public PartitionCounters(KeyValueStore<String, StreamCounts> store) {
        this.store = store;
        StreamCounts stored = store.get(KEY);
        this.counts = stored == null ? StreamCounts.ZERO : stored;
        this.kept = counts;
    }

    /** Calls this with each thing that is counted. */
    public void whenChanged(Runnable action) {
        whenChanged = action;
    }

    public void noop() {
        counted(new StreamCounts(counts.noops() + 1, counts.stale(), counts.deadLetters()));
    }

    public void stale() {
        counted(new StreamCounts(counts.noops(), counts.stale() + 1, counts.deadLetters()));
    }

    public void deadLetter() {
        counted(new StreamCounts(counts.noops(), counts.stale(), counts.deadLetters() + 1));
    }

    private void counted(StreamCounts now) {
        counts = now;
        whenChanged.run();
    }

    public StreamCounts keep() {
        if (!counts.equals(kept)) {
            store.put(KEY, counts);
            kept = counts;
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

    /** Hears at the start and about a second after it has changed what each partition has counted, on the partition's own thread; it returns at once. */
    @FunctionalInterface
    public interface StreamProgressListener {
        StreamProgressListener NONE = (partition, counts) -> {};

        void counted(int partition, StreamCounts counts);
    }
}
