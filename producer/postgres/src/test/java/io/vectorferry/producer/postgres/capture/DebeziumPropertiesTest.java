package io.vectorferry.producer.postgres.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.debezium.config.Configuration;
import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.producer.postgres.config.PostgresConfig;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DebeziumPropertiesTest {
    @Test
    void theEnginesDriverIsGivenThem() {
        PostgresConfig config =
                config("postgresql://db/app?sslmode=verify-ca&sslrootcert=/ca&options=-c%20a%3Db&connect_timeout=7");

        var jdbc =
                new PostgresConnectorConfig(Configuration.from(DebeziumProperties.of(config, "p", 1))).getJdbcConfig();

        assertThat(jdbc.asMap())
                .containsEntry("sslmode", "verify-ca")
                .containsEntry("sslrootcert", "/ca")
                .containsEntry("options", "-c a=b")
                .containsEntry("connectTimeout", "7");
    }

    private static PostgresConfig config(String url) {
        PipelineFile file =
                PipelineFile.of("{url: '%s', user: u, tables: [{name: t}]}".formatted(url), List.of(), Map.of());
        PostgresConfig config = PostgresConfig.from("p", file.root(), false);
        file.problems().throwIfAny();
        return config;
    }
}
