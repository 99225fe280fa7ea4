package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each stage a process of its own on an outside broker; each is killed, the log is replayed, a second sink is started by mistake. */
class SeparateStagesTest {
    private static final String[] STAGES = {"producer", "stream", "sink", "control"};
    private static final int KILLS = Integer.getInteger("ferry.test.kills", 4);
    private static final int ROWS = 10_000;
    private static final int DIMENSION = 128;
    private static final int PARTITIONS = 4;

    @TempDir
    Path directory;

    @Test
    void everyStageMayDieTheLogMayBeReplayedAndASecondSinkIsFenced() throws Exception {
        try (PostgresServer server = PostgresServer.forTest();
                EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("outside-kafka"))) {
            SourceTable source = new SourceTable(server, DIMENSION);
            source.create();
            source.fill(1, ROWS, 3);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.write("kafka: {bootstrap.servers: \"%s\", partitions: %d}%n"
                    .formatted(broker.bootstrapServers(), PARTITIONS));

            killStagesInTurn(pipeline, source);
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);

            replayFromTheBeginning(broker);
            pipeline.catchUp();
            pipeline.assertTargetEqualsSource(source);

            aSecondSinkEndsTheFirstOne(pipeline, source);
        }
    }

    private static void killStagesInTurn(Pipeline pipeline, SourceTable source) {
        Random random = new Random(11);
        Map<String, FerryProcess> running = new HashMap<>();
        try (MixedWriter writer = MixedWriter.start(source, DIMENSION, ROWS, 5)) {
            for (String stage : STAGES) {
                running.put(stage, pipeline.start(stage));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                LockSupport.parkNanos(
                        Duration.ofMillis(2_000 + random.nextInt(4_000)).toNanos());
                String stage = STAGES[kill % 3];
                FerryProcess process = running.remove(stage);
                assertThat(process).isNotNull();
                if (process != null) {
                    assertThat(process.isAlive()).as(process.output()).isTrue();
                    process.kill();
                }
                running.put(stage, pipeline.start(stage));
            }
            pipeline.awaitStreaming(5);
            assertThat(writer.writes()).isGreaterThan(100);
        } finally {
            new ArrayList<>(running.values()).forEach(FerryProcess::close);
        }
    }

    /** As an operator does it who doubts the state: the stream processor's offsets go back to 0. */
    private static void replayFromTheBeginning(EmbeddedBroker broker) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Map<TopicPartition, OffsetAndMetadata> zero = new HashMap<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                zero.put(new TopicPartition("articles.changes", partition), new OffsetAndMetadata(0));
            }
            Awaitility.await("the group is empty")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> {
                        try {
                            admin.alterConsumerGroupOffsets("articles.stream", zero)
                                    .all()
                                    .get();
                            return true;
                        } catch (ExecutionException e) {
                            return false;
                        }
                    });
        }
    }

    private static void aSecondSinkEndsTheFirstOne(Pipeline pipeline, SourceTable source) {
        List<FerryProcess> others = List.of(pipeline.start("producer"), pipeline.start("stream"));
        try (FerryProcess first = pipeline.start("sink")) {
            source.execute("INSERT INTO articles (id, title) VALUES (900001, 'before the second sink')");
            Awaitility.await("the first sink writes")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> pipeline.target().digests(SourceTable.COLUMNS).containsKey("900001"));
            try (FerryProcess second = pipeline.start("sink")) {
                Awaitility.await("the first sink is fenced")
                        .atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofSeconds(1))
                        .until(() -> {
                            source.execute("UPDATE articles SET views = coalesce(views, 0) + 1 WHERE id = 900001");
                            return !first.isAlive();
                        });
                assertThat(first.output()).contains("another process");
                assertThat(second.isAlive()).as(second.output()).isTrue();
            }
        } finally {
            others.forEach(FerryProcess::close);
        }
        pipeline.catchUp();
        pipeline.assertTargetEqualsSource(source);
    }
}
