package io.vectorferry.sink.lancedb.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactories;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class LanceDbConfigTest {
    private static LanceDbConfig read(String yaml) {
        PipelineFile file = PipelineFile.of(yaml, List.of(), Map.of());
        LanceDbConfig config = LanceDbConfig.from(file.root());
        file.problems().throwIfAny();
        return config;
    }

    @Test
    void defaultsAreAFormatThatEveryReaderOfTheLastYearOpensAndAnIndexOnceItPays() {
        assertThat(read("{uri: ./lance, table: articles}"))
                .isEqualTo(new LanceDbConfig(
                        "./lance",
                        Map.of(),
                        "articles",
                        Optional.empty(),
                        "2.1",
                        new LanceDbConfig.IndexConfig(
                                LanceDbConfig.IndexKind.AUTO, Optional.empty(), Optional.empty())));
    }

    @Test
    void everySettingIsRead() {
        assertThat(read("""
                        uri: s3://bucket/db
                        table: "x_${collection}"
                        vector: embedding
                        dataStorageVersion: "2.0"
                        storage: {aws_region: eu-central-1}
                        index: {type: ivf_hnsw_sq, metric: cosine, minRows: 500}
                        """))
                .isEqualTo(new LanceDbConfig(
                        "s3://bucket/db",
                        Map.of("aws_region", "eu-central-1"),
                        "x_${collection}",
                        Optional.of("embedding"),
                        "2.0",
                        new LanceDbConfig.IndexConfig(
                                LanceDbConfig.IndexKind.IVF_HNSW_SQ,
                                Optional.of(LanceDbConfig.Metric.COSINE),
                                Optional.of(500))));
    }

    @Test
    void anUnknownKindOfTargetIsAProblemOfTheFileThatNamesTheNearestKind() {
        TargetFactories factories = TargetFactories.load();
        PipelineFile file = PipelineFile.of("lancdb: {uri: ./lance}\nlancedb: {uri: ./lance}", List.of(), Map.of());

        assertThat(factories.find("lancdb", file.root().section("lancdb"))).isEmpty();

        assertThat(file.problems().found()).containsExactly("lancdb (line 1): unknown key, did you mean lancedb?");
        try (Target target = factories
                .find("lancedb", file.root().section("lancedb"))
                .orElseThrow()
                .configure("lake", file.root().section("lancedb"))) {
            assertThat(target.tableOf("public.Odd Docs")).isEqualTo("Odd_Docs");
        }
    }
}
