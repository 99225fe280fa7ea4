package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.Suspension;
import io.vectorferry.verify.report.VerificationText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a process that was stopped, killed or suspended, or has no memory left, says how it ended. */
class EndedProcessTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ENDED_BY_SIGTERM = 143;
    private static final int OUT_OF_MEMORY = 3;

    @TempDir
    Path directory;

    private static JsonNode status(Pipeline pipeline) {
        FerryProcess.Ended ended = pipeline.run(PATIENCE, "status", "--json");
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.json();
    }

    private static void assertFailed(JsonNode status) {
        assertThat(status.path("state").asText()).isEqualTo("failed");
        assertThat(status.path("running").asBoolean(true)).isFalse();
        assertThat(status.path("errors").toString())
                .contains("control: the control plane at 127.0.0.1:")
                .contains("its process hangs, was killed, or ran out of memory");
    }

    @Test
    void aKilledAndASuspendedProcessAreFailedAndOneThatWasStoppedIsNot() {
        Pipeline pipeline = new Pipeline(directory, "rows: {rows: 10}");
        try (FerryProcess ferry = pipeline.start("run")) {
            pipeline.awaitStreaming(5);
            Suspension.of(List.of(ferry.pid())).during(() -> assertFailed(status(pipeline)));
            pipeline.awaitStreaming(5);
            ferry.kill();
            assertFailed(status(pipeline));
        }
        try (FerryProcess again = pipeline.start("run")) {
            pipeline.awaitStreaming(5);
            assertThat(status(pipeline).path("state").asText()).isEqualTo("streaming");
            again.terminate();
            FerryProcess.Ended ended = again.awaitEnd(PATIENCE);
            assertThat(ended.exitCode()).as(ended.output()).isEqualTo(ENDED_BY_SIGTERM);
            assertThat(ended.output()).doesNotContain("not stopped within", "caught up");
        }
        JsonNode stopped = status(pipeline);
        assertThat(stopped.path("state").asText()).isEqualTo("streaming");
        assertThat(stopped.path("errors")).isEmpty();
        assertThat(stopped.path("running").asBoolean(true)).isFalse();
        assertThat(pipeline.run(PATIENCE, "status").output())
                .contains("articles  streaming  (not running; last state of %s)"
                        .formatted(VerificationText.moment(stopped.path("asOf").asText())));
    }

    @Test
    void aKilledProcessIsFailedAlsoWhereKafkaRunsElsewhere() {
        Pipeline pipeline = new Pipeline(directory, "rows: {rows: 10}");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("outside-kafka"))) {
            pipeline.write("kafka: {bootstrap.servers: \"%s\", partitions: 2}%n".formatted(broker.bootstrapServers()));
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                ferry.kill();
            }
            assertFailed(status(pipeline));
        }
    }

    @Test
    void aProcessWithoutMemoryEndsAtOnceAndTheNextOneGoesOn() throws IOException {
        Pipeline pipeline = new Pipeline(directory, "rows: {rows: 10}");
        Path full = directory.resolve("full");
        try (FerryProcess ferry =
                FerryProcess.start(directory, FullHeap.class, full.toString(), "run", "-f", "pipeline.yaml")) {
            pipeline.awaitStreaming(5);
            Files.createFile(full);
            FerryProcess.Ended ended = ferry.awaitEnd(PATIENCE);
            assertThat(ended.exitCode()).as(ended.output()).isEqualTo(OUT_OF_MEMORY);
            assertThat(ended.output()).contains("Terminating due to java.lang.OutOfMemoryError: Java heap space");
        }
        assertFailed(status(pipeline));
        try (FerryProcess again = pipeline.start("run")) {
            pipeline.awaitStreaming(5);
            assertThat(status(pipeline).path("errors")).as(again.output()).isEmpty();
        }
    }

    /** The other target never answers, so the pipeline never catches up. */
    @Test
    void aRunThatASignalEndsBeforeItCaughtUpSaysSo() {
        Pipeline pipeline = new Pipeline(directory, "rows: {rows: 10}");
        pipeline.addTarget("{name: away, milvus: {uri: \"http://127.0.0.1:1\", collection: articles}}");
        pipeline.write("");
        FerryProcess.Ended ended = terminatedOnceStreaming(pipeline, "run", "--until", "caught-up");
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(ENDED_BY_SIGTERM);
        assertThat(ended.output())
                .contains("stopped by a signal before it caught up; the next start resumes from the last commit")
                .doesNotContain("caught up after");
        FerryProcess.Ended asJson = terminatedOnceStreaming(pipeline, "run", "--until", "caught-up", "--json");
        assertThat(asJson.exitCode()).as(asJson.output()).isEqualTo(ENDED_BY_SIGTERM);
        assertThat(asJson.output()).doesNotContain("\"pipeline\"");
    }

    private static FerryProcess.Ended terminatedOnceStreaming(Pipeline pipeline, String... arguments) {
        try (FerryProcess ferry = pipeline.start(arguments)) {
            pipeline.awaitStreaming(5);
            ferry.terminate();
            return ferry.awaitEnd(PATIENCE);
        }
    }
}
