package io.vectorferry.producer.chroma;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.chroma.config.ChromaConfig;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;

/** {@code source: {chroma: …}}. */
public final class ChromaSourceFactory implements SourceFactory {
    @Override
    public String kind() {
        return "chroma";
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        return new ChromaSource(ChromaConfig.from(pipeline.dataDir(), settings));
    }
}
