package io.vectorferry.stream;

/** Hears about once a second what each partition has counted, on the partition's own thread; it returns at once. */
@FunctionalInterface
interface StreamProgressListener {
    StreamProgressListener NONE = (partition, counts) -> {};

    void counted(int partition, StreamCounts counts);
}
