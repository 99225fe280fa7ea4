package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the status says is so: its lag bounds what may be missing from the target, its counters only grow, and an idle pipeline is not behind. */
class StatusIsTrueTest {
    private static final int ROWS = 20_000;
    private static final int DIMENSION = 128;
    private static final int MARKERS = 4;
    private static final long FIRST_MARKER = 99_000_000L;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path directory;

    @Test
    void theTargetHoldsAllThatWasCommittedBeforeTheLagBegan() throws IOException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 17);
            Pipeline pipeline = new Pipeline(directory, server);
            List<JsonNode> seen = new ArrayList<>();
            try (FerryProcess ferry = pipeline.start("run")) {
                try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, 19)) {
                    awaitComplete(pipeline, seen);
                    for (long id = FIRST_MARKER; id < FIRST_MARKER + MARKERS; id++) {
                        source.fill(id, 1, id);
                        awaitLagYoungerThan(System.currentTimeMillis(), pipeline, seen);
                        assertThat(pipeline.target().digests(SourceTable.COLUMNS))
                                .as("ids in the target")
                                .containsKey(Long.toString(id));
                    }
                    assertThat(writer.writes()).isPositive();
                }
                Awaitility.await("idle and not behind")
                        .atMost(PATIENCE)
                        .during(Duration.ofSeconds(3))
                        .until(() -> observed(pipeline, seen)
                                .filter(status ->
                                        status.at("/targets/0/lagSeconds").asDouble(9) < 2)
                                .isPresent());
                assertThat(ferry.isAlive()).isTrue();
            }
            assertCountersOnlyGrow(seen);
            assertNobodyElseCanRead(directory.resolve("ferry-data"));
        }
    }

    /** The source is away twice; then the process is killed while it says so, and started beside a source that is back. */
    @Test
    void anErrorThatIsOverIsNotShownNeitherInThisRunNorInTheNextAndTheLogSaysItOnce() throws IOException {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, 3);
            source.create();
            source.fill(1, 10, 1);
            Pipeline pipeline = new Pipeline(directory, server);
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                server.kill();
                awaitError(pipeline);
                server.startAgain();
                pipeline.awaitStreaming(2);
                Awaitility.await("no error as soon as changes are captured")
                        .atMost(Duration.ofSeconds(4))
                        .until(() -> pipeline.status()
                                .filter(StatusIsTrueTest::isWell)
                                .isPresent());
                server.kill();
                awaitError(pipeline);
                ferry.kill();
            }
            FerryProcess.Ended old = pipeline.run(PATIENCE, "status", "--json");
            assertThat(old.json().path("running").asBoolean(true)).isFalse();
            assertThat(Instant.parse(old.json().path("asOf").asText()))
                    .isBefore(Instant.now())
                    .isAfter(Instant.now().minus(PATIENCE));
            assertThat(pipeline.run(PATIENCE, "status").output())
                    .contains("articles  failed  (not running; last state of 20");
            server.startAgain();
            List<JsonNode> seen = new ArrayList<>();
            try (FerryProcess again = pipeline.start("run")) {
                Awaitility.await("streaming")
                        .atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(20))
                        .until(() -> observed(pipeline, seen)
                                .filter(status ->
                                        status.at("/targets/0/lagSeconds").asDouble(9) < 2)
                                .isPresent());
                assertThat(again.isAlive()).isTrue();
            }
            assertThat(seen).allSatisfy(status -> {
                assertThat(status.path("running").asBoolean()).isTrue();
                assertThat(isWell(status)).as(status.toString()).isTrue();
            });
        }
        List<String> log = Files.readAllLines(directory.resolve("ferry-data/ferry.log"));
        assertThat(log)
                .noneMatch(line -> line.startsWith("\tat "))
                .filteredOn(line -> line.contains(" ERROR "))
                .isEmpty();
        assertThat(log)
                .filteredOn(line -> line.contains("producer failed and is restarted"))
                .as("once for each reason, and when it is over")
                .hasSizeLessThan(10);
    }

    private static boolean isWell(JsonNode status) {
        return status.path("errors").isEmpty() && !status.path("state").asText().equals("failed");
    }

    /** Of the producer, after more than one attempt. */
    private static void awaitError(Pipeline pipeline) {
        Awaitility.await("the error").atMost(PATIENCE).until(() -> pipeline.status()
                .filter(status -> status.path("state").asText().equals("failed")
                        && status.path("errors").toString().contains("cannot be reached"))
                .isPresent());
    }

    private static void assertNobodyElseCanRead(Path dataDir) throws IOException {
        assertThat(Files.getPosixFilePermissions(dataDir)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
    }

    private static void awaitComplete(Pipeline pipeline, List<JsonNode> seen) {
        Awaitility.await("the snapshot is complete")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> observed(pipeline, seen)
                        .filter(status -> status.at("/snapshot/complete").asBoolean())
                        .isPresent());
    }

    /** The lag is asked for at a moment that is known to be no later than the answer's. */
    private static void awaitLagYoungerThan(long committedMillis, Pipeline pipeline, List<JsonNode> seen) {
        Awaitility.await("a lag that began after the commit")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    long asked = System.currentTimeMillis();
                    return observed(pipeline, seen)
                            .map(status -> status.at("/targets/0/lagSeconds"))
                            .filter(lag -> lag.isNumber() && asked - 1_000 * lag.asDouble() > committedMillis)
                            .isPresent();
                });
    }

    private static Optional<JsonNode> observed(Pipeline pipeline, List<JsonNode> seen) {
        Optional<JsonNode> status = pipeline.status();
        status.ifPresent(seen::add);
        return status;
    }

    private static void assertCountersOnlyGrow(List<JsonNode> seen) {
        assertThat(seen).hasSizeGreaterThan(MARKERS);
        for (String counter : List.of("/snapshot/rowsDone", "/targets/0/upserts", "/targets/0/deletes", "/noops")) {
            assertThat(seen)
                    .extracting(status -> status.at(counter).asLong())
                    .as(counter)
                    .isSorted();
        }
        assertThat(seen)
                .allSatisfy(status -> {
                    assertThat(status.at("/state").asText()).isIn("idle", "snapshot", "streaming");
                    assertThat(status.at("/deadLetters").asLong()).isZero();
                    assertThat(status.at("/errors")).isEmpty();
                })
                .extracting(status -> status.at("/snapshot/complete").asBoolean())
                .isSorted();
        // Rows that the application deleted before they were read are in neither.
        JsonNode last = seen.getLast();
        assertThat(last.at("/snapshot/rowsDone").asLong()).isBetween(ROWS * 9L / 10, ROWS * 11L / 10);
        assertThat(last.at("/targets/0/upserts").asLong()).isGreaterThan(ROWS * 9L / 10);
    }
}
