package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.Suspension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The status of a process that did not end in order, or hangs, is not the one that it wrote down last. */
class EndedProcessTest {
    private static final Duration A_MINUTE = Duration.ofSeconds(60);

    @TempDir
    Path directory;

    private static JsonNode status(Pipeline pipeline) {
        FerryProcess.Ended ended = pipeline.run(A_MINUTE, "status", "--json");
        assertThat(ended.exitCode()).as(ended.output()).isZero();
        return ended.json();
    }

    private static void assertFailed(JsonNode status) {
        assertThat(status.path("state").asText()).isEqualTo("failed");
        assertThat(status.path("errors").toString())
                .contains("control: the control plane does not answer at 127.0.0.1:")
                .contains("its process hangs, was killed, or ran out of memory");
    }

    @Test
    void aKilledAndASuspendedProcessAreFailedAndOneThatWasStoppedIsNot() {
        Pipeline pipeline = new Pipeline(directory, "jsonl: {rows: 10}");
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
            assertThat(again.isAlive()).isTrue();
        }
        JsonNode stopped = status(pipeline);
        assertThat(stopped.path("state").asText()).isEqualTo("streaming");
        assertThat(stopped.path("errors")).isEmpty();
    }
}
