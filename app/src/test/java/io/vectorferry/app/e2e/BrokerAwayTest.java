package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.Suspension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An outside broker that goes away while an application writes, and comes back: nothing has to be started again, and nothing is lost. */
class BrokerAwayTest {
    private static final int ROWS = 5_000;
    private static final int DIMENSION = 64;
    private static final int PARTITIONS = 4;
    private static final Duration START = Duration.ofMinutes(3);

    /** Longer than Kafka's clients wait of themselves, a minute; {@code -Dferry.test.outage=PT1H} for the hour that an operator may need. */
    private static final Duration OUTAGE = Duration.parse(System.getProperty("ferry.test.outage", "PT75S"));

    @TempDir
    Path directory;

    /** As behind a network that loses what is sent: nothing tells the clients that the broker has gone. */
    @Test
    void aBrokerThatStaysConnectedAndSaysNothingIsNamedWithinAMinuteAndTheEndDoesNotWaitForIt() throws IOException {
        Path data = directory.resolve("outside-kafka");
        Pipeline pipeline = new Pipeline(directory, "rows: {rows: 10}");
        try (FerryProcess broker = FerryProcess.start(directory, OutsideBroker.class, data.toString())) {
            Path address = data.resolve("bootstrap.servers");
            Awaitility.await("the broker").atMost(START).until(() -> Files.exists(address));
            String at = Files.readString(address).strip();
            pipeline.write("kafka: {bootstrap.servers: \"%s\", partitions: 2}%n".formatted(at));
            try (FerryProcess ferry = pipeline.start("run")) {
                pipeline.awaitStreaming(5);
                Suspension.of(List.of(broker.pid())).during(() -> {
                    Awaitility.await("the status names the silent broker")
                            .atMost(Duration.ofMinutes(1))
                            .until(() -> pipeline.status()
                                    .filter(status -> status.path("errors")
                                            .toString()
                                            .contains("Kafka at " + at + " has not responded for"))
                                    .isPresent());
                    ferry.terminate();
                    ferry.awaitEnd(Duration.ofMinutes(1));
                });
            }
            pipeline.catchUp();
        }
    }

    @Test
    void theStagesWaitForTheBrokerAndGoOn() {
        Path data = directory.resolve("outside-kafka");
        try (PostgresServer server = PostgresServer.forTest()) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 23);
            Pipeline pipeline = new Pipeline(directory, server);
            EmbeddedBroker broker = EmbeddedBroker.start(data);
            String address = broker.bootstrapServers();
            pipeline.write("kafka: {bootstrap.servers: \"%s\", partitions: %d}%n".formatted(address, PARTITIONS));
            try (FerryProcess ferry = pipeline.start("run")) {
                try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, 29)) {
                    pipeline.awaitStreaming(3);

                    broker.close();
                    long gone = System.nanoTime();
                    Awaitility.await("the status names Kafka and blames no stage")
                            .atMost(Duration.ofMinutes(3))
                            .until(() -> pipeline.status()
                                    .filter(status -> status.path("errors")
                                                    .toString()
                                                    .contains("Kafka at " + address + " has not responded for")
                                            && status.path("state").asText().equals("streaming"))
                                    .isPresent());
                    LockSupport.parkNanos(OUTAGE.toNanos() - (System.nanoTime() - gone));
                    assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
                    assertThat(writer.writes()).isPositive();
                    broker = EmbeddedBroker.start(data);
                    assertThat(broker.bootstrapServers()).isEqualTo(address);

                    pipeline.awaitStreaming(3);
                }
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
                assertThat(data.resolveSibling("ferry-data").resolve("ferry.log"))
                        .content()
                        .as("Streams gave up no task with sends under way")
                        .doesNotContain("are corrupted");
                broker.close();
            } // asked to stop with the broker away, it does
            broker = EmbeddedBroker.start(data);
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);
            broker.close();
        }
    }
}
