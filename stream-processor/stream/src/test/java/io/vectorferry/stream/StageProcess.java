package io.vectorferry.stream;

import io.vectorferry.contracts.config.PipelineConfig;
import io.vectorferry.contracts.kafka.KafkaConnection;
import io.vectorferry.contracts.kafka.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A stage in a process of its own, which a test can kill. */
public final class StageProcess {
    private StageProcess() {}

    public static Process start(String bootstrapServers, Path state) throws IOException {
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dlog4j2.level=ERROR",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StageProcess.class.getName(),
                        bootstrapServers,
                        state.toString()))
                .redirectErrorStream(true)
                .redirectOutput(state.resolveSibling("stage.log").toFile())
                .start();
    }

    public static void main(String[] args) {
        PipelineConfig config = TestPipelines.pipeline();
        Topics topics = Topics.of(config.pipeline(), config.kafka().partitions());
        try (StreamStage stage =
                new StreamStage(config, new KafkaConnection(args[0], Map.of()), topics, Path.of(args[1]))) {
            stage.run();
        }
    }
}
