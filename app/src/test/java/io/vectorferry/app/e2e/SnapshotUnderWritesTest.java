package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job at size: rows are copied while an application writes, from before the slot exists until after the snapshot's end. */
class SnapshotUnderWritesTest {
    private static final int ROWS = Integer.getInteger("ferry.test.rows", 100_000);
    private static final int DIMENSION = 768;

    @TempDir
    Path directory;

    @Test
    void theIndependentReaderSeesExactlyTheSourcesRows() {
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 42);
            Pipeline pipeline = new Pipeline(directory, server);
            long writes;
            try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, 43);
                    FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(3);
                long atSnapshotEnd = writer.writes();
                org.awaitility.Awaitility.await()
                        .atMost(java.time.Duration.ofMinutes(2))
                        .until(() -> writer.writes() > atSnapshotEnd + 500);
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
                writes = writer.writes();
            }
            assertThat(writes).isGreaterThan(500);

            pipeline.catchUp();

            pipeline.assertTargetEqualsSource(source);
        }
    }
}
