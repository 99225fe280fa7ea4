package io.vectorferry.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command over an embedded broker, the stream processor, LanceDB and the control plane. */
class PipelineRunTest {
    private static final int ROWS = 500;

    @TempDir
    Path directory;

    private String file = "";

    @BeforeEach
    void aPipelineOfRows() throws IOException {
        Path yaml = directory.resolve("pipeline.yaml");
        Files.writeString(yaml, """
            pipeline: rows
            source:
              rows: {rows: %d}
            targets:
              - name: lake
                lancedb: {uri: %s/lance, table: rows}
            kafka: {partitions: 2}
            data.dir: %s/data
            control: {listen: "127.0.0.1:0", barrier.interval: 200ms}
            """.formatted(ROWS, directory, directory));
        file = yaml.toString();
    }

    @Test
    void aRunUntilCaughtUpEndsWithEveryRowInTheTargetAndAStatusThatSaysSo() throws IOException {
        int code = Ferry.execute("run", "--until", "caught-up", "-f", file);

        assertThat(code).isEqualTo(ExitCode.DONE);
        try (LoadedPipeline pipeline = PipelineLoader.read(Path.of(file), List.of());
                var reader = pipeline.targets().getFirst().reader("rows")) {
            assertThat(reader.count()).isEqualTo(ROWS);
        }
        JsonNode status = new ObjectMapper()
                .readTree(directory.resolve("data/status.json").toFile());
        assertThat(status.at("/state").asText()).isEqualTo("streaming");
        assertThat(status.at("/snapshot/complete").asBoolean()).isTrue();
        assertThat(status.at("/targets/0/lagSeconds").asDouble()).isLessThan(10);
        assertThat(status.at("/targets/0/lastBarrier").asText()).isEqualTo("row " + ROWS);
        assertThat(status.at("/deadLetters").asLong()).isZero();
        assertThat(status.at("/canSwitch/blockers").findValuesAsText("name")).contains("verification", "canary");
        assertThat(status.at("/canSwitch/reasons").toString()).contains("not verified yet");
        assertThat(status.at("/lifecycle/waitsFor").toString()).contains("ferry verify");
        assertThat(Ferry.execute("verify", "--no-pipeline", "-f", file)).isEqualTo(ExitCode.DONE);
    }

    @Test
    void aPausedPipelineConsumesNothingWhichTheStatusSaysAndContinuesWithWhatCame() {
        try (LoadedPipeline pipeline = PipelineLoader.read(Path.of(file), List.of());
                PipelineProcess process =
                        PipelineProcess.start(pipeline, EnumSet.allOf(StageKind.class), new ProducerOptions(false))) {
            awaitStatus(process, "all rows", PipelineRunTest::isCurrent);
            process.pause();
            awaitStatus(process, "the pause", status -> status.errors()
                    .containsAll(List.of("producer is paused", "stream is paused", "sink/lake is paused")));
            awaitStatus(process, "a lag that grows", status -> {
                Double lag = status.targets().getFirst().lagSeconds();
                return status.paused() && status.state() == PipelineState.STREAMING && lag != null && lag > 4;
            });
            process.resume();
            awaitStatus(process, "no pause and no lag", status -> !status.paused() && isCurrent(status));
        }
    }

    private static boolean isCurrent(PipelineStatus status) {
        Double lag = status.targets().getFirst().lagSeconds();
        return status.snapshot().complete()
                && status.targets().getFirst().upserts() == ROWS
                && status.errors().isEmpty()
                && lag != null
                && lag < 3;
    }

    private static void awaitStatus(PipelineProcess process, String what, Predicate<PipelineStatus> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(90))
                .until(() -> process.status().filter(condition).isPresent());
    }

    @Test
    void aWrongWordOnTheCommandLineIsWrongUsage() {
        assertThat(Ferry.execute("run", "--until", "tomorrow", "-f", file)).isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(Ferry.execute("sail")).isEqualTo(ExitCode.WRONG_USAGE);
    }

    @Test
    void aMissingFileIsAnError() {
        assertThat(Ferry.execute("status", "-f", directory.resolve("none.yaml").toString()))
                .isEqualTo(ExitCode.ERROR);
    }
}
