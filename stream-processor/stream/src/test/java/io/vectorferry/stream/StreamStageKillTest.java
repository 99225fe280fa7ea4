package io.vectorferry.stream;

import static io.vectorferry.stream.TestPipelines.key;
import static io.vectorferry.stream.TestPipelines.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.message.Change;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 in the middle of the work. */
class StreamStageKillTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KILLS = 3;
    private static final int KEYS_A_ROUND = 5_000;

    @TempDir
    Path directory;

    private final PipelineConfig config = TestPipelines.pipeline();

    @Test
    void everyChangeIsWrittenOnceThoughTheProcessIsKilledAgainAndAgain() throws IOException {
        Path state = directory.resolve("state");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"));
                StreamBench bench = new StreamBench(config, broker.bootstrapServers())) {
            for (int round = 0; round < KILLS; round++) {
                sendRound(bench, round);
                int written = bench.rowRecords().size();
                Process stage = StageProcess.start(broker.bootstrapServers(), state);
                try {
                    await().atMost(PATIENCE).until(() -> bench.rowRecords().size() > written);
                } finally {
                    stage.destroyForcibly().onExit().join();
                }
            }
            bench.barrier("end");

            bench.runUntil(state, () -> bench.barriersSeen("end") == 2);

            assertThat(bench.rowRecords()).hasSize(KILLS * KEYS_A_ROUND).doesNotHaveDuplicates();
        }
    }

    private static void sendRound(StreamBench bench, int round) {
        for (int id = round * KEYS_A_ROUND; id < (round + 1) * KEYS_A_ROUND; id++) {
            bench.send(
                    key(id),
                    new Change.Upsert(
                            Change.Origin.CREATE, SourcePosition.stream(1, id + 1, 0), 0, row("row " + id, 1, 2)));
        }
    }
}
