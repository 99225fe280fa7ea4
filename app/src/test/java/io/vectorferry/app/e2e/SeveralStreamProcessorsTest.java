package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vectorferry.app.e2e.FerryProcess.Ended;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.PostgresServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two stream processors on one outside broker, each with a directory of its own, give new ids; one of them dies and loses its directory. */
class SeveralStreamProcessorsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String GROUP = "articles.stream";
    private static final String[] SECOND = {"stream", "--set", "data.dir=./second-data"};
    private static final int ROWS = 400;
    private static final int LOOKED_UP = 3;

    @TempDir
    Path directory;

    @Test
    void allocatedIdsStayWhatTheyAreAndAreFoundWhicheverProcessHasThem() throws Exception {
        try (PostgresServer server = PostgresServer.forTest();
                EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("outside-kafka"))) {
            SourceTable source = new SourceTable(server, 8);
            source.create();
            source.fill(1, ROWS, 1);
            Pipeline pipeline = new Pipeline(directory, server);
            pipeline.write("ids: allocate%nkafka: {bootstrap.servers: \"%s\"}%n%s"
                    .formatted(broker.bootstrapServers(), Pipeline.EAGER));
            try (FerryProcess first = pipeline.start("run")) {
                Map<Long, Long> before;
                try (FerryProcess second = pipeline.start(SECOND)) {
                    awaitBothAtWork(broker);
                    pipeline.awaitStreaming(5);
                    before = idsByKey(pipeline);
                    assertThat(before).hasSize(ROWS);
                    assertEachIsFound(pipeline, before);
                    second.kill();
                }
                loseDirectory();

                source.execute("UPDATE articles SET title = title || '!'");
                source.fill(ROWS + 1, ROWS, 2);
                try (FerryProcess again = pipeline.start(SECOND)) {
                    awaitBothAtWork(broker);
                    awaitRows(pipeline, 2 * ROWS);
                    Map<Long, Long> after = idsByKey(pipeline);
                    assertThat(after).hasSize(2 * ROWS).containsAllEntriesOf(before);
                    assertThat(after.values()).doesNotHaveDuplicates();
                    assertThat(pipeline.verify().at("/count/target").asInt()).isEqualTo(2 * ROWS);
                    pipeline.awaitCleanSweep();
                    assertThat(again.isAlive()).isTrue();
                }
                assertThat(first.isAlive()).isTrue();
            }
        }
    }

    private static void awaitBothAtWork(EmbeddedBroker broker) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Awaitility.await("both have partitions").atMost(PATIENCE).until(() -> membersWithPartitions(admin) == 2);
        }
    }

    private static long membersWithPartitions(Admin admin) throws InterruptedException {
        try {
            ConsumerGroupDescription group =
                    admin.describeConsumerGroups(List.of(GROUP)).all().get().get(GROUP);
            return group == null
                    ? 0
                    : group.members().stream()
                            .filter(member ->
                                    !member.assignment().topicPartitions().isEmpty())
                            .count();
        } catch (ExecutionException e) {
            return 0; // not there yet
        }
    }

    /** The state that moved may still be on its way: the command says so and is asked again. */
    private static void assertEachIsFound(Pipeline pipeline, Map<Long, Long> ids) {
        for (long key = 1; key <= LOOKED_UP; key++) {
            String old = Long.toString(key);
            Ended answer = Awaitility.await("key " + key)
                    .atMost(PATIENCE)
                    .until(
                            () -> pipeline.run(PATIENCE, "ids", "lookup", "--old", old, "--json"),
                            e -> e.exitCode() == 0);
            assertThat(answer.json().get("new").asLong()).isEqualTo(ids.get(key));
        }
    }

    private static void awaitRows(Pipeline pipeline, int rows) {
        Awaitility.await("all rows")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> pipeline.target().digests("id", "title").size() == rows);
    }

    private static Map<Long, Long> idsByKey(Pipeline pipeline) throws IOException {
        Ended export = pipeline.run(PATIENCE, "ids", "export");
        assertThat(export.exitCode()).as(export.output()).isZero();
        ObjectMapper json = new ObjectMapper();
        Map<Long, Long> ids = new HashMap<>();
        for (String line :
                export.output().lines().filter(text -> text.startsWith("{")).toList()) {
            JsonNode row = json.readTree(line);
            ids.put(row.get("old").asLong(), row.get("new").asLong());
        }
        return ids;
    }

    private void loseDirectory() throws IOException {
        Path lost = directory.resolve("second-data");
        assertThat(lost).isDirectory();
        Files.move(lost, directory.resolve("lost-data"));
    }
}
