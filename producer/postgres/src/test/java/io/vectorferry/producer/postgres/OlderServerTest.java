package io.vectorferry.producer.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.deploy.server.PostgresServer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What PostgreSQL 16 does otherwise. The other tests of this package run on it with {@code -Dferry.test.postgres=16}. */
@Timeout(120)
class OlderServerTest {
    private static final String TABLE = "{name: public.docs, vector: embedding}";

    @Test
    void aDroppedPublicationEndsTheCaptureAndANewGenerationGoesOn() {
        try (SourceBench bench = new SourceBench(PostgresServer.olderForTest())) {
            bench.sql(
                    "CREATE TABLE docs (id int PRIMARY KEY, title text, embedding vector(3))",
                    "INSERT INTO docs SELECT i, 't' || i, '[1,2,3]' FROM generate_series(1, 3) i");
            try (SourceBench.Running running = bench.start(bench.source(TABLE), false)) {
                bench.awaitSnapshotComplete();
                bench.sql("DROP PUBLICATION vectorferry_articles", "DELETE FROM docs WHERE id = 3");
                FerryException e = running.failure();
                assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                assertThat(e).hasMessageContaining("publication \"vectorferry_articles\" does not exist");
                assertThat(e.remedy()).contains("ferry run --new-generation");
            }
            bench.awaitSlotFree();
            try (SourceBench.Running again = bench.start(bench.source(TABLE), true)) {
                bench.awaitTitles(2, Map.of(1L, "t1", 2L, "t2"));
                bench.sql("UPDATE docs SET title = 'last' WHERE id = 1");
                bench.awaitTitles(2, Map.of(1L, "last", 2L, "t2"));
                again.assertAlive();
            }
        }
    }
}
