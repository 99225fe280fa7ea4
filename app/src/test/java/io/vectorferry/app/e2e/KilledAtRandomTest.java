package io.vectorferry.app.e2e;

import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at random points, of the all-in-one process (and so of its broker) and of PostgreSQL, while an application writes. */
class KilledAtRandomTest {
    private static final int KILLS = Integer.getInteger("ferry.test.kills", 6);
    private static final long SEED = Long.getLong("ferry.test.seed", 7);
    private static final int ROWS = 30_000;
    private static final int DIMENSION = 256;

    @TempDir
    Path directory;

    @Test
    void nothingIsLostDoubledOrStale() {
        Random random = new Random(SEED);
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, SEED);
            Pipeline pipeline = new Pipeline(directory, server);
            try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, SEED)) {
                for (int kill = 0; kill < KILLS; kill++) {
                    try (FerryProcess ferry = pipeline.start("run")) {
                        // From before anything runs to well after the snapshot.
                        LockSupport.parkNanos(
                                Duration.ofMillis(1_000 + random.nextInt(9_000)).toNanos());
                        if (kill % 4 == 3) {
                            server.kill();
                            server.startAgain();
                            LockSupport.parkNanos(
                                    Duration.ofMillis(random.nextInt(6_000)).toNanos());
                        }
                        ferry.kill();
                    }
                }
                org.awaitility.Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> writer.writes() > 1_000);
            }

            pipeline.catchUp();

            pipeline.assertTargetEqualsSource(source);
        }
    }
}
