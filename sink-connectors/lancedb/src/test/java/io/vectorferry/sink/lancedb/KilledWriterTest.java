package io.vectorferry.sink.lancedb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.sink.contracttests.Rows;
import io.vectorferry.sink.lancedb.config.LanceDbConfig;
import io.vectorferry.sink.lancedb.table.TableOffsets;
import io.vectorferry.sink.spi.TargetReader;
import io.vectorferry.stores.lancedb.LanceTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KilledWriterTest {
    private static final int KILLS = 4;

    @TempDir
    Path directory;

    @Test
    void theOffsetsOfATableWhoseWriterWasKilledSayExactlyWhichRowsItHolds() throws IOException, InterruptedException {
        Random random = new Random(7);
        long last = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            long before = last;
            Process process = start();
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20 + random.nextInt(80)))
                    .until(() -> committed() > before + 40L);
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
            last = committed();
            assertThat(ids()).hasSize((int) last);
        }
    }

    private Process start() throws IOException {
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "-Xmx256m",
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommittingProcess.class.getName(),
                        directory.resolve("db").toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private LanceDbTarget target() {
        return new LanceDbTarget(
                "lake", LanceDbConfig.of(directory.resolve("db").toString(), "articles"));
    }

    /** By the table alone, without claiming it from the writer that is at work. */
    private long committed() {
        try (var allocator = new org.apache.arrow.memory.RootAllocator();
                LanceTable table = new LanceTable(
                        directory.resolve("db").resolve("articles.lance").toString(), Map.of(), allocator)) {
            return table.find()
                    .flatMap(TableOffsets::read)
                    .map(offsets -> offsets.next().getOrDefault(0, 0L))
                    .orElse(0L);
        }
    }

    private Set<TargetKey.Id> ids() {
        Set<TargetKey.Id> ids = new HashSet<>();
        try (LanceDbTarget target = target();
                TargetReader reader = target.reader(Rows.COLLECTION)) {
            reader.scan(row -> assertThat(ids.add(row.id())).isTrue());
        }
        return ids;
    }
}
