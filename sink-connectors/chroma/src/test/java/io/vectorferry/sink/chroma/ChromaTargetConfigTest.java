package io.vectorferry.sink.chroma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.config.PipelineFile;
import io.vectorferry.sink.chroma.ChromaTargetConfig.Space;
import io.vectorferry.sink.chroma.ChromaTargetConfig.WriteLimits;
import io.vectorferry.sink.spi.TargetFactories;
import io.vectorferry.stores.chroma.ChromaAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ChromaTargetConfigTest {
    private static ChromaTargetConfig read(String yaml) {
        PipelineFile file = PipelineFile.of(yaml, List.of(), Map.of());
        ChromaTargetConfig config = ChromaTargetConfig.from(file.root());
        file.problems().throwIfAny();
        return config;
    }

    @Test
    void defaultsAreTheServersOwnDatabaseAndIndexAndTheSourcesSpace() {
        assertThat(read("{url: 'http://localhost:8000/'}"))
                .isEqualTo(new ChromaTargetConfig(
                        new ChromaAddress(
                                "",
                                "http://localhost:8000",
                                "default_tenant",
                                "default_database",
                                Optional.empty(),
                                ChromaAddress.TokenHeader.AUTHORIZATION,
                                Duration.ofSeconds(60)),
                        "${collection}",
                        Optional.empty(),
                        Map.of(),
                        Optional.empty(),
                        "document",
                        new WriteLimits(8 << 20, 2_000, 2)));
    }

    @Test
    void everySettingIsRead() {
        assertThat(read("""
            url: https://chroma.example
            tenant: team
            database: archive
            token: secret
            tokenHeader: x-chroma-token
            requestTimeout: 5s
            collection: "${collection}_v2"
            space: ip
            index: {maxNeighbors: 32, efConstruction: 200, efSearch: 300}
            vector: small
            document: body
            write: {requestBytes: 65536, requestRows: 10, inFlight: 1}
            """))
                .isEqualTo(new ChromaTargetConfig(
                        new ChromaAddress(
                                "",
                                "https://chroma.example",
                                "team",
                                "archive",
                                Optional.of("secret"),
                                ChromaAddress.TokenHeader.X_CHROMA_TOKEN,
                                Duration.ofSeconds(5)),
                        "${collection}_v2",
                        Optional.of(Space.IP),
                        Map.of("max_neighbors", 32, "ef_construction", 200, "ef_search", 300),
                        Optional.of("small"),
                        "body",
                        new WriteLimits(65_536, 10, 1)));
    }

    @Test
    void wrongSettingsAreReportedTogether() {
        assertThatExceptionOfType(FerryException.class)
                .isThrownBy(() -> read("{url: 'localhost', space: euclid, index: {M: 3}, spce: ip}"))
                .withMessageContaining("url")
                .withMessageContaining("must be one of l2, cosine, ip; it is euclid")
                .withMessageContaining("index.M")
                .withMessageContaining("spce");
    }

    @Test
    void theKindIsFoundByItsName() {
        PipelineFile file = PipelineFile.of("{url: 'http://localhost:8000'}", List.of(), Map.of());
        assertThat(TargetFactories.load().find("chroma", file.root())).isPresent();
    }

    @Test
    void namesThatChromaRefusesBecomeOthersThatStayApart() {
        for (String legal : List.of("articles", "A.b-c_9", "a".repeat(512))) {
            assertThat(ChromaTargetConfig.legal(legal)).isEqualTo(legal);
        }
        List<String> refused = List.of(
                "ab", "a b c", "a_b_c_", "_abc", "ü", "", "a..b", "10.0.0.1", "x".repeat(513), "Odd Docs", "Odd_Docs.");
        List<String> names = refused.stream().map(ChromaTargetConfig::legal).toList();
        assertThat(names).doesNotHaveDuplicates().doesNotContainAnyElementsOf(refused);
        assertThat(names).allMatch(name -> name.matches("[A-Za-z0-9][A-Za-z0-9_-]{1,510}[A-Za-z0-9]"));
    }
}
