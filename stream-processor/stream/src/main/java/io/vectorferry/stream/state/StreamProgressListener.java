package io.vectorferry.stream.state;

/** Hears about once a second what each partition has counted, on the partition's own thread; it returns at once. */
@FunctionalInterface
public interface StreamProgressListener {
    StreamProgressListener NONE = (partition, counts) -> {};

    void counted(int partition, StreamCounts counts);
}
