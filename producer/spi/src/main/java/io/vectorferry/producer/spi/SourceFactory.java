package io.vectorferry.producer.spi;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;

/** Found by {@link java.util.ServiceLoader}: one a kind of source. */
public interface SourceFactory {
    /** Returns the name of this kind in pipeline.yaml, such as {@code postgres}. */
    String kind();

    /**
     * Reads the source's section and reports its problems there; connects to nothing. A wrong value does not throw: reads return
     * placeholders, and the problems of the whole file are reported together. Ends with {@link Section#done}, which finds unknown keys.
     */
    Source configure(PipelineConfig pipeline, Section settings);
}
