package io.vectorferry.sink.spi;

import io.vectorferry.contracts.config.Section;

/** Found by {@link java.util.ServiceLoader}: one a kind of target. */
public interface TargetFactory {
    /** Returns the name of this kind in pipeline.yaml, such as {@code lancedb}. */
    String kind();

    /**
     * Reads the target's section and reports its problems there; touches no network and no disk. A wrong value does not throw: reads
     * return placeholders, and the problems of the whole file are reported together. Ends with {@link Section#done}, which finds unknown keys.
     */
    Target configure(String targetName, Section settings);
}
