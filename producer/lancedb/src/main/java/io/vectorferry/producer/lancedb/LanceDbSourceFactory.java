package io.vectorferry.producer.lancedb;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;

/** {@code source: {lancedb: …}}. */
public final class LanceDbSourceFactory implements SourceFactory {
    static final String KIND = "lancedb";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        return new LanceDbSource(LanceDbSourceConfig.from(pipeline.dataDir(), settings));
    }
}
