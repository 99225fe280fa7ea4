package io.vectorferry.sink.milvus.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.contracts.row.DistanceMetric;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetFactories;
import io.vectorferry.stores.milvus.ServerAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MilvusConfigTest {
    private static MilvusConfig read(String yaml) {
        PipelineFile file = PipelineFile.of(yaml, List.of(), Map.of());
        MilvusConfig config = MilvusConfig.from(file.root());
        file.problems().throwIfAny();
        return config;
    }

    @Test
    void defaultsAreAPlainConnectionAFlatIndexByTheSourcesMetricAndRequestsFarBelowTheServersLimit() {
        MilvusConfig config = read("{uri: 'http://localhost'}");
        assertThat(config)
                .isEqualTo(new MilvusConfig(
                        new ServerAddress(
                                "localhost", 19_530, false, Optional.empty(), "default", ServerAddress.TlsFiles.NONE),
                        "${collection}",
                        Optional.empty(),
                        Optional.empty(),
                        new IndexConfig(Optional.empty(), Optional.empty(), 16, 256, 1_024),
                        List.of(),
                        Optional.empty(),
                        1,
                        new WriteLimits(8 << 20, 2_000, 2, Duration.ofSeconds(60))));
        assertThat(config.index().kindFor(VectorElement.FLOAT32)).isEqualTo(IndexConfig.IndexKind.FLAT);
        assertThat(config.index().metricFor(VectorElement.FLOAT32, Optional.empty()))
                .isEqualTo(IndexConfig.Metric.COSINE);
        assertThat(config.index().metricFor(VectorElement.FLOAT32, Optional.of(DistanceMetric.DOT)))
                .isEqualTo(IndexConfig.Metric.IP);
        assertThat(config.index().metricFor(VectorElement.BINARY, Optional.of(DistanceMetric.DOT)))
                .isEqualTo(IndexConfig.Metric.HAMMING);
    }

    @Test
    void everySettingIsRead() {
        assertThat(read("""
                        uri: https://milvus.example:443
                        user: ferry
                        password: secret
                        database: team
                        tls: {ca: ca.pem, certificate: c.pem, key: k.pem, serverName: milvus}
                        collection: "${collection}_v2"
                        alias: "${collection}"
                        index: {type: ivf_flat, metric: l2, M: 8, efConstruction: 100, nlist: 64}
                        typed: [lang]
                        partitionKey: tenant
                        shards: 2
                        write: {requestBytes: 1048576, requestRows: 100, inFlight: 4, timeout: 5s}
                        """))
                .isEqualTo(new MilvusConfig(
                        new ServerAddress(
                                "milvus.example",
                                443,
                                true,
                                Optional.of("ferry:secret"),
                                "team",
                                new ServerAddress.TlsFiles(
                                        Optional.of(Path.of("ca.pem")),
                                        Optional.of(Path.of("c.pem")),
                                        Optional.of(Path.of("k.pem")),
                                        Optional.of("milvus"))),
                        "${collection}_v2",
                        Optional.of("${collection}"),
                        Optional.empty(),
                        new IndexConfig(
                                Optional.of(IndexConfig.IndexKind.IVF_FLAT),
                                Optional.of(IndexConfig.Metric.L2),
                                8,
                                100,
                                64),
                        List.of("lang"),
                        Optional.of("tenant"),
                        2,
                        new WriteLimits(1 << 20, 100, 4, Duration.ofSeconds(5))));
    }

    @Test
    void whatCannotBeIsToldAtOnceAndNoSecretIsPrinted() {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(
                        () -> read(
                                "{uri: 'localhost:19530', token: t0p, user: u, index: {type: HNWS}, collection: a, alias: a, shrds: 2}"))
                .satisfies(e -> assertThat(e.getMessage())
                        .contains("uri", "token", "needs a password", "HNSW", "alias", "shards")
                        .doesNotContain("t0p"));
    }

    @Test
    void theFactoryIsFoundAndNamesCollectionsAsMilvusTakesThem() {
        PipelineFile file = PipelineFile.of("{uri: 'http://localhost'}", List.of(), Map.of());
        try (Target target =
                TargetFactories.load().find("milvus", file.root()).orElseThrow().configure("vectors", file.root())) {
            assertThat(target.tableOf("public.Odd Docs")).isEqualTo("Odd_Docs");
            assertThat(target.tableOf("shop.2nd-table")).isEqualTo("shop_2nd_table");
        }
    }
}
