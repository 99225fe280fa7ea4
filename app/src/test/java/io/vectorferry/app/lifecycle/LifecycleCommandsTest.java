package io.vectorferry.app.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.app.Ferry;
import io.vectorferry.app.pipeline.BrokerAccess;
import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.app.process.PipelineProcess;
import io.vectorferry.app.process.StageKind;
import io.vectorferry.app.terminal.ExitCode;
import io.vectorferry.contracts.control.ControlView;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.contracts.wire.Control;
import io.vectorferry.contracts.wire.StateTransition;
import io.vectorferry.control.lifecycle.Life;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands beside a pipeline that runs, and without one. */
class LifecycleCommandsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private String file = "";

    @BeforeEach
    void aPipelineOfRows() throws IOException {
        Path yaml = directory.resolve("pipeline.yaml");
        Files.writeString(yaml, """
            pipeline: rows
            source:
              rows: {rows: 200}
            targets:
              - name: lake
                lancedb: {uri: %s/lance, table: rows}
            kafka: {partitions: 2}
            data.dir: %s/data
            control: {listen: "127.0.0.1:0", barrier.interval: 200ms}
            verification: {continuous: {enabled: false}}
            """.formatted(directory, directory));
        file = yaml.toString();
    }

    private LoadedPipeline load() {
        return PipelineLoader.read(Path.of(file), List.of());
    }

    private PipelineProcess start(Set<StageKind> kinds) {
        return PipelineProcess.start(load(), kinds, new ProducerOptions(false));
    }

    private PipelineProcess start() {
        return start(EnumSet.allOf(StageKind.class));
    }

    private static PipelineStatus await(PipelineProcess process, String what, Predicate<PipelineStatus> condition) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .until(process::status, status -> status.filter(condition).isPresent())
                .orElseThrow();
    }

    private static boolean isStreaming(PipelineStatus status) {
        Double lag = status.targets().getFirst().lagSeconds();
        return status.lifecycle().state() == PipelineState.STREAMING
                && status.lifecycle().sequence() > 0
                && lag != null
                && lag < 2;
    }

    private int ferry(String... command) {
        String[] all = new String[command.length + 2];
        System.arraycopy(command, 0, all, 0, command.length);
        all[command.length] = "-f";
        all[command.length + 1] = file;
        return Ferry.execute(all);
    }

    /** The states that the stages report, by their names. */
    private Set<String> reports() {
        try (LoadedPipeline pipeline = load();
                BrokerAccess broker = BrokerAccess.running(pipeline.config());
                ControlView view =
                        new ControlView(broker.kafka(), pipeline.topics().control())) {
            view.refresh();
            return view.withPrefix("stage/").values().stream()
                    .map(Control::getStageReport)
                    .map(report -> report.getStage() + " " + report.getState())
                    .collect(Collectors.toSet());
        }
    }

    private List<StateTransition> history() {
        try (LoadedPipeline pipeline = load();
                BrokerAccess broker = BrokerAccess.running(pipeline.config());
                ControlView view =
                        new ControlView(broker.kafka(), pipeline.topics().control())) {
            view.refresh();
            return Life.history(view);
        }
    }

    @Test
    void aPauseReachesEveryStageAndTheNextProcessBeginsInIt() {
        try (PipelineProcess process = start()) {
            await(process, "streaming", LifecycleCommandsTest::isStreaming);
            assertThat(ferry("pause", "--why", "a test")).isEqualTo(ExitCode.DONE);
            await(process, "the pause", status -> status.lifecycle().paused());
            Awaitility.await("every stage pauses").atMost(PATIENCE).untilAsserted(() -> assertThat(reports())
                    .contains("producer paused", "stream paused", "sink/lake paused"));
            StateTransition last = history().getLast();
            assertThat(last.getWho()).isEqualTo(System.getProperty("user.name"));
            assertThat(last.getWhy()).isEqualTo("a test");
            assertThat(last.getTo()).isEqualTo("streaming");
            assertThat(ferry("history")).isEqualTo(ExitCode.DONE);
        }
        try (PipelineProcess process = start()) {
            PipelineStatus status =
                    await(process, "the pause", now -> now.lifecycle().paused());
            assertThat(status.lifecycle().waitsFor()).contains("`ferry resume`");
            assertThat(reports()).contains("producer paused", "stream paused", "sink/lake paused");
            assertThat(ferry("resume")).isEqualTo(ExitCode.DONE);
            await(process, "streaming", now -> !now.lifecycle().paused() && isStreaming(now));
            assertThat(ferry("resume")).as("again").isEqualTo(ExitCode.DONE);
            assertThat(history()).extracting(StateTransition::getSequence).doesNotHaveDuplicates();
        }
    }

    @Test
    void aPipelineThatIsPausedBeforeItsFirstStartReadsNothingUntilItIsResumed() {
        assertThat(ferry("pause")).isEqualTo(ExitCode.DONE);
        try (PipelineProcess process = start()) {
            Awaitility.await("every stage is paused").atMost(PATIENCE).untilAsserted(() -> assertThat(reports())
                    .contains("producer paused", "stream paused", "sink/lake paused"));
            PipelineStatus status =
                    await(process, "the pause", now -> now.lifecycle().paused());
            assertThat(status.state()).isEqualTo(PipelineState.IDLE);
            assertThat(status.snapshot().rowsDone()).isZero();
            assertThat(ferry("resume")).isEqualTo(ExitCode.DONE);
            await(process, "streaming", LifecycleCommandsTest::isStreaming);
        }
    }

    @Test
    void readsMoveAndReturnAndTheMigrationIsGivenUp() throws IOException {
        try (PipelineProcess process = start()) {
            await(process, "streaming", LifecycleCommandsTest::isStreaming);
            assertThat(ferry("route", "--set", "12.5", "--pin", "user-42=lake")).isEqualTo(ExitCode.DONE);
            PipelineStatus canary = await(process, "the canary", now -> now.state() == PipelineState.CANARY);
            assertThat(canary.routing().percent()).isEqualByComparingTo("12.5");
            assertThat(canary.lifecycle().waitsFor()).containsExactly("`ferry route --advance`");
            Path plan = directory.resolve("plan.yaml");
            Files.writeString(plan, "steps: [{percent: 20, hold: 1s}, {percent: 100, hold: 0s}]");
            assertThat(ferry("route", "--plan", plan.toString(), "--advance")).isEqualTo(ExitCode.DONE);
            await(
                    process,
                    "the plan advances by itself",
                    now -> now.routing().percent().intValue() == 100);
            assertThat(history().getLast().getWho()).isEqualTo("automatic");
            assertThat(history().getLast().getWhy()).isEqualTo("the time of the step at 20 % is over: 100 %");

            assertThat(ferry("complete")).as("it is not switched").isEqualTo(ExitCode.ERROR);
            assertThat(ferry("route", "--abort")).isEqualTo(ExitCode.DONE);
            await(process, "reads return", now -> now.state() == PipelineState.STREAMING);
            assertThat(ferry("cancel", "--why", "enough")).isEqualTo(ExitCode.DONE);
            PipelineStatus cancelled = await(process, "idle", now -> now.state() == PipelineState.IDLE);
            assertThat(cancelled.lifecycle().paused()).isTrue();
            assertThat(ferry("resume")).isEqualTo(ExitCode.DONE);
            await(process, "streaming again", LifecycleCommandsTest::isStreaming);
        }
    }

    @Test
    void aSecondControlPlaneTakesOverAndTheFirstSaysSo() {
        try (PipelineProcess first = start()) {
            await(first, "streaming", LifecycleCommandsTest::isStreaming);
            try (PipelineProcess second = start(EnumSet.of(StageKind.CONTROL))) {
                Awaitility.await("the first stops").atMost(PATIENCE).until(() -> first.failure()
                        .isPresent());
                assertThat(first.failure().orElseThrow())
                        .hasMessageContaining("another control plane has taken over this pipeline");
                await(second, "it goes on where the first was", LifecycleCommandsTest::isStreaming);
                assertThat(ferry("pause")).isEqualTo(ExitCode.DONE);
                await(second, "the second obeys", now -> now.lifecycle().paused());
            }
        }
    }
}
