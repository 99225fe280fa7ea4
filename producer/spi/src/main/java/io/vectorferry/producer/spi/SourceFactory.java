package io.vectorferry.producer.spi;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;

/** Found by {@link java.util.ServiceLoader}: one a kind of source. */
public interface SourceFactory {
    /** As pipeline.yaml names it: {@code postgres}. */
    String kind();

    /** Reads the source's section and reports its problems there; connects to nothing. */
    Source configure(PipelineConfig pipeline, Section settings);
}
