package io.vectorferry.sink.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.FerryException;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.postgres.SharedServer.Database;
import io.vectorferry.sink.spi.Target;
import io.vectorferry.sink.spi.TargetWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KilledWriterTest {
    private static final int KILLS = 4;
    private static final String COMMITTED =
            "SELECT coalesce((SELECT next_offsets[1] FROM vectorferry.target_tables), 0)";

    private final Database database = Database.create();

    @TempDir
    Path directory;

    @Test
    void theOffsetsOfATableWhoseWriterWasKilledSayExactlyWhichRowsItHolds() throws IOException, InterruptedException {
        try (Target target = new PostgresTarget("pg", database.config("articles"));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
        }
        Random random = new Random(7);
        for (int kill = 0; kill < KILLS; kill++) {
            long before = number(COMMITTED);
            Process process = start();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20 + random.nextInt(80)))
                    .until(() -> number(COMMITTED) > before + 40);
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            // The server may still end what it was told to commit.
            await().until(() ->
                    number("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'vectorferry%'") == 0);
            assertThat(number("SELECT count(*) FROM articles")).isEqualTo(number(COMMITTED));
        }
    }

    @Test
    void aWriterThatAnotherOneFollowsIsFencedAndItsOpenBatchIsNotCommitted() {
        try (Target target = new PostgresTarget("pg", database.config("articles"));
                TargetWriter first = target.writer(Rows.COLLECTION);
                TargetWriter second = target.writer(Rows.COLLECTION)) {
            first.prepare(Rows.schema());
            first.apply(Rows.batch(1, Rows.upsert(1, "first")));
            assertThat(second.committedOffsets()).contains(Rows.offsets(1));
            assertThatThrownBy(() -> first.apply(Rows.batch(2, Rows.upsert(2, "too late"))))
                    .isInstanceOfSatisfying(FerryException.class, e -> {
                        assertThat(e.kind()).isEqualTo(FerryException.Kind.MISCONFIGURED);
                        assertThat(e).hasMessageContaining("another process writes to table public.articles");
                    });
            second.prepare(Rows.schema());
            second.apply(Rows.batch(2, Rows.upsert(3, "second")));
            assertThat(database.rows("SELECT id FROM articles ORDER BY id")).containsExactly("1", "3");
        }
    }

    @Test
    void aTableThatIsDroppedAndMadeAgainByOthersHasNoOffsetsAndStopsTheWriterThatKnewTheOldOne() {
        try (Target target = new PostgresTarget("pg", database.config("articles"));
                TargetWriter writer = target.writer(Rows.COLLECTION)) {
            writer.prepare(Rows.schema());
            writer.apply(Rows.batch(1, Rows.upsert(1, "a")));
            database.execute(
                    "DROP TABLE articles",
                    "CREATE TABLE articles (id bigint PRIMARY KEY, embedding vector(3), body text)");
            assertThat(writer.rememberedOffsets()).isEmpty();
            assertThat(writer.filledWith()).isEmpty();
            assertThatThrownBy(() -> writer.apply(Rows.batch(2, Rows.upsert(2, "b"))))
                    .isInstanceOfSatisfying(
                            FerryException.class, e -> assertThat(e).hasMessageContaining("was dropped or replaced"));
        }
    }

    private long number(String sql) {
        return Long.parseLong(database.rows(sql).getFirst());
    }

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommittingProcess.class.getName(),
                        database.url())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }
}
