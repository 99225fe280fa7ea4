package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.Source;
import io.vectorferry.producer.SourceFactory;

/** {@code source: {postgres: …}}. */
public final class PostgresSourceFactory implements SourceFactory {
    @Override
    public String kind() {
        return "postgres";
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        return new PostgresSource(PostgresConfig.from(pipeline.pipeline(), settings));
    }
}
