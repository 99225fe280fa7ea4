package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A slot that fell behind further than the server keeps its log: a gap is never passed over, and one option closes it. */
class LostSlotTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int ROWS = 500;

    @TempDir
    Path directory;

    @Test
    void aSlotThatPassedItsLimitIsToldAndANewGenerationMakesTheTargetRightAgain() {
        try (PostgresServer server = PostgresServer.forTest(Map.of("max_slot_wal_keep_size", "1MB"))) {
            SourceTable source = new SourceTable(server, 64);
            source.create();
            source.fill(1, ROWS, 3);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.catchUp();

            // given changes that nobody read, and so much log after them that the server threw theirs away
            source.execute(
                    "DELETE FROM articles WHERE id <= 100", "UPDATE articles SET views = views + 1 WHERE id > 400");
            source.fill(ROWS + 1, 100, 5);
            for (int segment = 0; segment < 4; segment++) {
                source.execute("SELECT pg_logical_emit_message(false, 'noise', repeat('x', 9000000))");
                source.execute("SELECT pg_switch_wal()");
            }
            source.execute("CHECKPOINT");

            Ended refused = pipeline.run(PATIENCE, "run", "--until", "caught-up");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output())
                    .contains("max_slot_wal_keep_size", "--new-generation")
                    .doesNotContain("\tat ");
            Ended doctor = pipeline.run(PATIENCE, "doctor");
            assertThat(doctor.exitCode()).as(doctor.output()).isEqualTo(2);
            assertThat(doctor.output()).contains("max_slot_wal_keep_size", "--new-generation");

            Ended again = pipeline.run(PATIENCE, "run", "--until", "caught-up", "--new-generation");
            assertThat(again.exitCode()).as(again.output()).isZero();
            pipeline.assertTargetEqualsSource(source);
        }
    }
}
