package io.vectorferry.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.control.ControlStage;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The clock of the process that issues barriers is set back by an hour, while it runs and between two runs. */
class SteppedClockTest {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final double SANE_LAG_SECONDS = 30;

    private final AtomicReference<Duration> step = new AtomicReference<>(Duration.ZERO);
    private final InstantSource stepped = () -> Instant.now().plus(step.get());
    private final Clock clock = stepped.withZone(ZoneOffset.UTC);

    @Test
    void barriersGoOnAndTheLagStaysTrueWhenTheClockIsSetBack(@TempDir Path directory) throws IOException {
        Path yaml = directory.resolve("pipeline.yaml");
        Files.writeString(yaml, """
                pipeline: rows
                source:
                  rows: {rows: 3}
                targets:
                  - name: lake
                    lancedb: {uri: %s/lance, table: rows}
                kafka: {partitions: 2}
                data.dir: %s/data
                verification: {continuous: {enabled: false}}
                control: {listen: "127.0.0.1:0", barrier.interval: 200ms}
                """.formatted(directory, directory));
        try (LoadedPipeline pipeline = PipelineLoader.read(yaml, List.of())) {
            try (PipelineProcess process = start(pipeline)) {
                awaitBarriersAfter(process, process.barrierSequence());
                step.set(Duration.ofHours(-1));
                awaitBarriersAfter(process, process.barrierSequence());
                step.set(Duration.ofHours(1));
                awaitBarriersAfter(process, process.barrierSequence());
                step.set(Duration.ofHours(-2));
            }
            try (PipelineProcess restarted = start(pipeline)) {
                awaitBarriersAfter(restarted, restarted.barrierSequence());
            }
        }
    }

    private PipelineProcess start(LoadedPipeline pipeline) {
        return PipelineProcess.start(pipeline, Set.of(StageKind.values()), new ProducerOptions(false), clock);
    }

    /** Until the target holds one that was announced after the call. */
    private static void awaitBarriersAfter(PipelineProcess process, long sequence) {
        await().atMost(WAIT).untilAsserted(() -> {
            ControlStage.Observation now = process.observation().orElseThrow(AssertionError::new);
            assertThat(now.acknowledged()).isGreaterThan(sequence);
            assertThat(now.status().targets().getFirst().lagSeconds()).isBetween(0.0, SANE_LAG_SECONDS);
        });
    }
}
