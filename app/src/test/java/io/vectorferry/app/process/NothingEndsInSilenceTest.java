package io.vectorferry.app.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.pipeline.PipelineLoader;
import io.vectorferry.contracts.FerryException;
import io.vectorferry.contracts.control.PipelineState;
import io.vectorferry.control.status.PipelineStatus;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.producer.spi.ProducerOptions;
import io.vectorferry.verify.source.LoadedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes wrong in a stage or in the control plane is in the status within a minute, with its reason, and the process ends within another. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NothingEndsInSilenceTest {
    /** For what is not bounded: the start of a pipeline on a slow machine. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** A fault is told within it, and a process that is asked to end ends within it. */
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FaultySource.Fault inProducer = new FaultySource.Fault();
    private final FaultySource.Fault inBarriers = new FaultySource.Fault();
    private final FaultySource.Fault inSink = new FaultySource.Fault();
    private final FaultySource.Fault inControl = new FaultySource.Fault();

    @TempDir
    Path directory;

    @BeforeEach
    void aPipelineOfRows() throws IOException {
        write(2);
    }

    private void write(int partitions) throws IOException {
        Files.writeString(directory.resolve("pipeline.yaml"), """
                pipeline: rows
                source:
                  rows: {rows: 10}
                targets:
                  - name: lake
                    lancedb: {uri: %s/lance, table: rows}
                kafka: {partitions: %d}
                data.dir: %s/data
                verification: {continuous: {enabled: false}}
                control: {listen: "127.0.0.1:0", barrier.interval: 200ms}
                """.formatted(directory, partitions, directory));
    }

    /** The clock of the control plane, which makes the status in a thread of its own. */
    private static final class ControlClock extends Clock {
        private final FaultySource.Fault fault;

        ControlClock(FaultySource.Fault fault) {
            this.fault = fault;
        }

        @Override
        public Instant instant() {
            if (Thread.currentThread().getName().equals("control")) {
                fault.happen();
            }
            return Instant.now();
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** Ends within a minute. */
    private record Running(PipelineProcess process) implements AutoCloseable {
        Optional<PipelineStatus> status() {
            return process.status();
        }

        Optional<RuntimeException> failure() {
            return process.failure();
        }

        @Override
        public void close() {
            long asked = System.nanoTime();
            process.close();
            assertThat(Duration.ofNanos(System.nanoTime() - asked))
                    .as("time that the end took")
                    .isLessThan(MINUTE);
        }
    }

    private Running start() {
        LoadedPipeline pipeline = PipelineLoader.read(directory.resolve("pipeline.yaml"), List.of());
        return new Running(PipelineProcess.start(
                FaultySource.in(pipeline, inProducer, inBarriers, inSink),
                EnumSet.allOf(StageKind.class),
                new ProducerOptions(false),
                new ControlClock(inControl)));
    }

    private static PipelineStatus await(Running process, String what, Predicate<PipelineStatus> condition) {
        return Awaitility.await(what)
                .atMost(PATIENCE)
                .until(process::status, status -> status.filter(condition).isPresent())
                .orElseThrow();
    }

    /** Within a minute of the fault. */
    private static PipelineStatus await(
            FaultySource.Fault fault, Running process, String what, Predicate<PipelineStatus> condition) {
        PipelineStatus status = await(process, what, condition);
        assertToldInTime(fault);
        return status;
    }

    private static void assertToldInTime(FaultySource.Fault fault) {
        assertThat(fault.age()).as("time since the fault").isLessThan(MINUTE);
    }

    private static void awaitStreaming(Running process) {
        await(process, "it runs", now -> now.errors().isEmpty() && now.state() == PipelineState.STREAMING);
    }

    private static Predicate<PipelineStatus> error(String part) {
        return status -> status.errors().stream().anyMatch(error -> error.contains(part));
    }

    private JsonNode lastStatus() throws IOException {
        return new ObjectMapper().readTree(directory.resolve("data/status.json").toFile());
    }

    @Test
    void anErrorInTheProducerFailsThePipelineAndStaysInTheStatusAfterTheEnd() throws IOException {
        inProducer.set(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        String told = "producer ended: java.lang.OutOfMemoryError: Java heap space. Give the JVM more memory";
        try (Running process = start()) {
            PipelineStatus status = await(inProducer, process, "the error", error(told));
            assertThat(status.state()).isEqualTo(PipelineState.FAILED);
            assertThat(process.failure().orElseThrow()).isInstanceOf(FerryException.class);
        }
        assertThat(lastStatus().path("state").asText()).isEqualTo("failed");
        assertThat(lastStatus().path("errors").toString()).contains(told);
    }

    @Test
    void aProducerThatSimplyEndsIsStartedAgainAndTheStatusSaysSoUntilItRuns() {
        inProducer.set(() -> {});
        try (Running process = start()) {
            PipelineStatus status =
                    await(inProducer, process, "the end", error("producer: producer ended without being asked to"));
            assertThat(status.state()).isEqualTo(PipelineState.FAILED);
            assertThat(process.failure()).isEmpty();
            inProducer.end();
            awaitStreaming(process);
        }
    }

    @Test
    void whateverAWriterOfBarriersThrowsIsToldAndItGoesOn() {
        inBarriers.set(() -> {
            throw new IllegalStateException("quotes a row");
        });
        try (Running process = start()) {
            await(
                    inBarriers,
                    process,
                    "the fault",
                    error(
                            "barriers: the issuing of a barrier failed with java.lang.IllegalStateException; ferry.log in the data directory shows where"));
            inBarriers.end();
            await(
                    process,
                    "a barrier",
                    status -> status.errors().isEmpty()
                            && status.targets().getFirst().lagSeconds() != null);
        }
    }

    @Test
    void aSourceAndATargetThatStaySilentAreNamedAndTheEndDoesNotWaitForThem() {
        CountDownLatch answered = new CountDownLatch(1);
        Runnable silence = () -> {
            try {
                answered.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        inBarriers.set(silence);
        inSink.set(silence);
        try (Running process = start()) {
            await(
                    inBarriers,
                    process,
                    "the silent source",
                    error("barriers: the faulty source has not responded for "));
            await(
                    inSink,
                    process,
                    "the silent target",
                    error("sink/lake waits for the target, which has not responded for "));
        }
        assertThat(answered.getCount()).isEqualTo(1);
    }

    @Test
    void anErrorInASinkFailsThePipeline() throws IOException {
        inSink.set(() -> {
            throw new OutOfMemoryError("Java heap space");
        });
        String told = "sink/lake ended: java.lang.OutOfMemoryError: Java heap space. Give the JVM more memory";
        try (Running process = start()) {
            assertThat(await(inSink, process, "the error", error(told)).state()).isEqualTo(PipelineState.FAILED);
            assertThat(process.failure()).isPresent();
        }
        assertThat(lastStatus().path("errors").toString()).contains(told);
    }

    @Test
    void aSinkThatFailsUnexpectedlyOrIsInterruptedIsStartedAgain() {
        inSink.set(() -> {
            throw new IllegalStateException("quotes a row");
        });
        try (Running process = start()) {
            PipelineStatus failed = await(
                    inSink,
                    process,
                    "the exception",
                    error(
                            "sink/lake failed with java.lang.IllegalStateException; ferry.log in the data directory shows where"));
            assertThat(failed.state()).isEqualTo(PipelineState.FAILED);
            assertThat(failed.errors().toString()).doesNotContain("quotes");
            inSink.set(() -> {
                Thread.currentThread().interrupt();
                throw FerryException.retryable("interrupted in a write", new InterruptedException());
            });
            await(
                    inSink,
                    process,
                    "the interruption",
                    error("sink/lake was interrupted").or(error("sink/lake ended without being asked to")));
            inSink.end();
            awaitStreaming(process);
            assertThat(process.failure()).isEmpty();
        }
    }

    @Test
    void anInterruptedWriterOfBarriersIsStartedAgainAndTheLastStatusSaysSoMeanwhile() {
        inBarriers.set(() -> Thread.currentThread().interrupt());
        try (Running process = start()) {
            Awaitility.await("the last status says why")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> lastStatus().path("state").asText().equals("failed")
                            && lastStatus()
                                    .path("errors")
                                    .toString()
                                    .contains("control: the issuing of barriers was interrupted"));
            assertToldInTime(inBarriers);
            inBarriers.end();
            awaitStreaming(process);
            assertThat(process.failure()).isEmpty();
        }
    }

    @Test
    void anErrorInTheWriterOfBarriersFailsTheControlPlane() throws IOException {
        inBarriers.set(() -> {
            throw new StackOverflowError();
        });
        try (Running process = start()) {
            Awaitility.await("a failure").atMost(PATIENCE).until(() -> process.failure()
                    .isPresent());
            assertThat(process.failure().orElseThrow())
                    .hasMessage("the issuing of barriers ended: java.lang.StackOverflowError");
            assertToldInTime(inBarriers);
        }
        assertThat(lastStatus().path("state").asText()).isEqualTo("failed");
        assertThat(lastStatus().path("errors").toString())
                .contains("control: the issuing of barriers ended: java.lang.StackOverflowError");
    }

    @Test
    void anErrorInTheControlPlanesOwnThreadFailsItAndTheLastStatusSaysSo() throws IOException {
        String told = "control ended: java.lang.OutOfMemoryError: Java heap space. Give the JVM more memory";
        try (Running process = start()) {
            awaitStreaming(process);
            inControl.set(() -> {
                throw new OutOfMemoryError("Java heap space");
            });
            Awaitility.await("the last status says why")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> lastStatus().path("state").asText().equals("failed")
                            && lastStatus().path("errors").toString().contains(told));
            assertToldInTime(inControl);
            assertThat(process.failure()).isPresent();
        }
        assertThat(lastStatus().path("errors").toString()).contains(told);
    }

    @Test
    void anInterruptedControlPlaneIsStartedAgainAndTheLastStatusSaysSoMeanwhile() {
        try (Running process = start()) {
            awaitStreaming(process);
            inControl.set(() -> Thread.currentThread().interrupt());
            Awaitility.await("the last status says why")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> lastStatus().path("state").asText().equals("failed")
                            && lastStatus().path("errors").toString().contains("control was interrupted"));
            assertToldInTime(inControl);
            inControl.end();
            awaitStreaming(process);
            assertThat(process.failure()).isEmpty();
        }
    }

    @Test
    void aStartThatFailsLeavesNoBrokerAndNoThreadBehind() throws IOException {
        start().close();
        write(1);
        assertThatThrownBy(this::start).hasMessageContaining("has 2 partitions, but the pipeline is configured for 1");
        assertThat(EmbeddedBroker.isRunning(directory.resolve("data/kafka"))).isFalse();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("stage-reports", "producer", "stream", "control");
        write(2);
        start().close();
    }
}
