package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk under a target fills up, or may not be written: it is said, nothing is lost, and room is all that is needed. */
class TargetDiskTest {
    private static final int DIMENSION = 512;
    private static final int ROWS = 12_000;
    private static final int TOO_SMALL_MEGABYTES = 16;
    private static final int ENOUGH_MEGABYTES = 400;

    @TempDir
    Path directory;

    @BeforeEach
    void aDiskCanBeMounted() {
        assumeThat(SmallDisk.isPossible(directory))
                .as("this user may mount a file system")
                .isTrue();
    }

    @Test
    void aFullDiskIsToldAndRoomIsAllThatIsNeeded() {
        try (PostgresServer server = PostgresServer.forTest();
                SmallDisk disk = SmallDisk.mount(directory.resolve("lance"), TOO_SMALL_MEGABYTES)) {
            SourceTable source = filled(server);
            Pipeline pipeline = new Pipeline(directory, server);
            try (FerryProcess ferry = pipeline.start("run")) {
                Awaitility.await("the full disk is told")
                        .atMost(Duration.ofMinutes(2))
                        .untilAsserted(
                                () -> assertThat(target(pipeline).at("/state").asText())
                                        .isEqualTo("retrying"));
                assertThat(pipeline.status().map(status -> status.at("/errors").toString()))
                        .hasValueSatisfying(errors -> assertThat(errors).contains("waits for free space"));
                assertThat(target(pipeline).at("/upserts").asInt()).isLessThan(ROWS);
                assertThat(ferry.isAlive()).isTrue();
                source.execute("DELETE FROM articles WHERE id <= 100");

                disk.enlarge(ENOUGH_MEGABYTES);

                pipeline.awaitStreaming(2);
                assertThat(target(pipeline).at("/state").asText()).isEqualTo("running");
            }
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);
        }
    }

    @Test
    void aReadOnlyTargetEndsTheCommandWithTheRemedy() {
        try (PostgresServer server = PostgresServer.forTest();
                SmallDisk disk = SmallDisk.mount(directory.resolve("lance"), ENOUGH_MEGABYTES)) {
            SourceTable source = filled(server);
            Pipeline pipeline = new Pipeline(directory, server);
            disk.makeReadOnly();

            FerryProcess.Ended refused = pipeline.run(Duration.ofMinutes(2), "run", "--until", "caught-up");

            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output())
                    .contains("is not permitted")
                    .contains("Allow this user to write to that directory")
                    .doesNotContain("\tat ");

            disk.makeWritable();
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);
        }
    }

    private static SourceTable filled(PostgresServer server) {
        SourceTable source = new SourceTable(server, DIMENSION);
        source.create();
        source.fill(1, ROWS, 9);
        return source;
    }

    private static JsonNode target(Pipeline pipeline) {
        return pipeline.status().map(status -> status.at("/targets/0")).orElse(MissingNode.getInstance());
    }
}
