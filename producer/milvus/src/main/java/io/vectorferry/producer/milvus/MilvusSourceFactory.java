package io.vectorferry.producer.milvus;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;

/** {@code source: {milvus: …}}. */
public final class MilvusSourceFactory implements SourceFactory {
    static final String KIND = "milvus";

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        return new MilvusSource(MilvusSourceConfig.from(pipeline.dataDir(), settings));
    }
}
