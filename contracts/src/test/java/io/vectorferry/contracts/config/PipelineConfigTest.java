package io.vectorferry.contracts.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vectorferry.contracts.FerryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineConfigTest {
    private static final String LEAST = """
        pipeline: articles
        source:
          postgres: {}
        targets:
          - name: lake
            lancedb: {}
        """;

    @Test
    void whatIsLeftOutHasItsDefault() {
        PipelineConfig config = read(LEAST);

        assertThat(config.ids()).isEqualTo(PipelineConfig.IdPolicy.PRESERVE);
        assertThat(config.nullVectors()).isEqualTo(PipelineConfig.NullVectors.KEEP);
        assertThat(config.kafka()).isEqualTo(new PipelineConfig.KafkaConfig(Optional.empty(), 4, Map.of()));
        assertThat(config.dataDir()).isEqualTo(Path.of("./ferry-data"));
        assertThat(config.control().server().port()).isEqualTo(8090);
        assertThat(config.control().barrierInterval()).isEqualTo(Duration.ofMillis(500));
        assertThat(config.transform()).isEmpty();
        assertThat(config.verification())
                .isEqualTo(new PipelineConfig.VerificationConfig(
                        new PipelineConfig.ContinuousVerification(true, 500, 3, Duration.ofMinutes(10)),
                        Duration.ofSeconds(10)));
    }

    @Test
    void whenToSwitchAndWhenToStepBackHaveDefaultsAndAreRead() {
        PipelineConfig least = read(LEAST);
        assertThat(least.switching())
                .isEqualTo(new PipelineConfig.SwitchConfig(Duration.ofSeconds(5), Duration.ofHours(24)));
        assertThat(least.routing())
                .isEqualTo(new PipelineConfig.RoutingConfig(Duration.ofSeconds(60), 50, 1, 90, Duration.ofSeconds(1)));

        PipelineConfig config = read(LEAST + """
            switch: {maxLag: 2s, verifiedWithin: 1h}
            routing: {window: 10s, minComparisons: 7, maxErrorPercent: 3, minOverlapPercent: 80, maxP99: 250ms}
            """);
        assertThat(config.switching())
                .isEqualTo(new PipelineConfig.SwitchConfig(Duration.ofSeconds(2), Duration.ofHours(1)));
        assertThat(config.routing())
                .isEqualTo(new PipelineConfig.RoutingConfig(Duration.ofSeconds(10), 7, 3, 80, Duration.ofMillis(250)));
    }

    @Test
    void everySettingOfVerificationIsRead() {
        PipelineConfig config = read(LEAST + """
            verification:
              checkpointEvery: 1m
              continuous: {enabled: false, rowsPerSecond: 7, share: 50, sweepEvery: 1h}
            """);

        assertThat(config.verification())
                .isEqualTo(new PipelineConfig.VerificationConfig(
                        new PipelineConfig.ContinuousVerification(false, 7, 50, Duration.ofHours(1)),
                        Duration.ofMinutes(1)));
    }

    @Test
    void aServerForOthersNeedsATokenAndAsksForIt() {
        ServerConfig open = read(LEAST + "control: {lookup.listen: \"0.0.0.0:8092\"}")
                .control()
                .lookup();
        assertThatThrownBy(open::address)
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("control.lookup.listen 0.0.0.0")
                .hasMessageContaining("control.token");

        ServerConfig guarded = read(LEAST + "control: {lookup.listen: \"0.0.0.0:8092\", token: secret}")
                .control()
                .lookup();
        assertThat(guarded.address().isLoopbackAddress()).isFalse();
        assertThat(guarded.isAuthorized(guarded.authorization().orElseThrow())).isTrue();
        assertThat(guarded.isAuthorized("Bearer other")).isFalse();
        assertThat(guarded.isAuthorized(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kafka.sasl.jaas.config | PlainLoginModule required password=\"x-secret\"; | ********",
                "source.chroma.headers.Authorization | Basic x-secret | ********",
                "targets.0.lancedb.storage.aws_secret_access_key | x-secret | ********",
                "targets.0.lancedb.storage.azure_storage_connection_string | AccountName=a;AccountKey=x-secret |"
                        + " ********",
                "source.mongo.uri | mongodb://app:x-secret@db/?tls=true | mongodb://app:********@db/?tls=true",
                "source.mongo.uri | mongodb://app:x-se:cr@et@db/app | mongodb://app:********@db/app",
                "source.chroma.url | https://x-secret@db/app | https://********@db/app",
                "targets.0.lancedb.uri | https://a.example/c?sv=1&sig=x-secret&se=2 |"
                        + " https://a.example/c?sv=1&sig=********&se=2",
                "targets.0.lancedb.uri | s3://bucket/path | s3://bucket/path",
                "source.mongo.vectorKeys | integer | integer",
            })
    void aSecretIsNeverShown(String path, String value, String shown) {
        assertThat(Masks.shown(path, value)).isEqualTo(shown);
    }

    @Test
    void everyStepOfATransformIsRead() {
        PipelineConfig config = read(LEAST + """
            transform:
              - rename: {team_id: tenant}
              - drop: [internal_note]
              - filter: "lang == 'en'"
              - set: {origin: articles}
              - normalize: l2
            """);

        assertThat(config.transform())
                .containsExactly(
                        new TransformStep.Rename(Map.of("team_id", "tenant")),
                        new TransformStep.Drop(List.of("internal_note")),
                        new TransformStep.Filter("lang == 'en'"),
                        new TransformStep.Set(Map.of("origin", "articles")),
                        new TransformStep.Normalize(TransformStep.Norm.L2, List.of()));
    }

    @Test
    void allProblemsAreToldAtOnceWithTheNearestKnownKey() {
        PipelineFile file = PipelineFile.of(LEAST + "idz: uuid5\nnullVectors: never\n", List.of(), Map.of());

        PipelineConfig.from(file);

        assertThatThrownBy(() -> file.problems().throwIfAny())
                .isInstanceOf(FerryException.class)
                .hasMessageContaining("did you mean ids?")
                .hasMessageContaining("nullVectors");
    }

    private static PipelineConfig read(String yaml) {
        PipelineFile file = PipelineFile.of(yaml, List.of(), Map.of());
        PipelineConfig config = PipelineConfig.from(file);
        file.problems().throwIfAny();
        return config;
    }
}
