package io.vectorferry.producer.postgres;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.config.Section;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import io.vectorferry.producer.spi.Source;
import io.vectorferry.producer.spi.SourceFactory;

/** {@code source: {postgres: …}}. */
public final class PostgresSourceFactory implements SourceFactory {
    @Override
    public String kind() {
        return "postgres";
    }

    @Override
    public Source configure(PipelineConfig pipeline, Section settings) {
        PostgresConfig config = PostgresConfig.from(pipeline, settings);
        return config.documents()
                .<Source>map(documents -> new JoinedTablesSource(config, documents))
                .orElseGet(() -> new PostgresSource(config));
    }
}
