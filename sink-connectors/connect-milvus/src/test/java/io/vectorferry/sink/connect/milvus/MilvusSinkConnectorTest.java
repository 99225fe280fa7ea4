package io.vectorferry.sink.connect.milvus;

import static io.vectorferry.sink.connect.tests.Envelope.delete;
import static io.vectorferry.sink.connect.tests.Envelope.insert;
import static io.vectorferry.sink.connect.tests.Envelope.key;
import static io.vectorferry.sink.connect.tests.Envelope.row;
import static io.vectorferry.sink.connect.tests.Envelope.snapshot;
import static io.vectorferry.sink.connect.tests.Envelope.truncate;
import static io.vectorferry.sink.connect.tests.Envelope.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import io.vectorferry.sink.connect.tests.ChangeTopic;
import io.vectorferry.sink.connect.tests.ConnectWorker;
import io.vectorferry.sink.connect.tests.PluginArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The archive in a real worker, a real Milvus, and its own Python client as the reader. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MilvusSinkConnectorTest {
    private static final Duration WAIT = Duration.ofSeconds(90);
    private static final PythonEnvironment PYTHON = PythonEnvironment.pymilvus();
    private static final String JSON = "org.apache.kafka.connect.json.JsonConverter";
    private static final int PARTITIONS = 2;
    private static final int SHARED_ROWS = 20;
    private static final String ROWS = """
            import sys
            from pymilvus import MilvusClient
            client = MilvusClient(sys.argv[1])
            if client.has_collection(sys.argv[2]):
                rows = client.query(sys.argv[2], filter="id >= 0", output_fields=["*", "embedding"], consistency_level="Strong")
                for r in sorted(rows, key=lambda r: r["id"]):
                    print(r["id"], r["title"], ",".join(f"{x:g}" for x in r["embedding"]), sep="|")
            """;

    private static final String COLUMNS = """
            import json, sys
            from pymilvus import MilvusClient
            client = MilvusClient(sys.argv[1])
            if client.has_collection(sys.argv[2]):
                rows = client.query(sys.argv[2], filter="id >= 0", output_fields=["*"], consistency_level="Strong")
                for r in sorted(rows, key=lambda r: r["id"]):
                    print(json.dumps({k: v for k, v in r.items() if k != "embedding"}, sort_keys=True, separators=(",", ":")))
            """;

    private EmbeddedBroker broker;
    private MilvusServer milvus;
    private ConnectWorker worker;
    private Path directory;

    @BeforeAll
    void start(@TempDir Path directory) {
        this.directory = directory;
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
        milvus = MilvusServer.forTest();
        worker = ConnectWorker.start(directory, broker.bootstrapServers());
    }

    @AfterAll
    void stop() {
        worker.close();
        milvus.close();
        broker.close();
    }

    @Test
    void theArchiveHoldsTheConnectorAndNothingThatTheWorkerBrings() throws IOException {
        assertThat(PluginArchive.standard().names())
                .anyMatch(name -> name.matches("[^/]+/lib/vectorferry-sink-connect-milvus-.*\\.jar"))
                .anyMatch(name -> name.endsWith("/LICENSE"))
                .noneMatch(name -> name.contains("kafka-clients") || name.contains("slf4j-api"));
        assertThat(worker.plugins().toString()).contains(MilvusSinkConnector.class.getName());
    }

    /** By two tasks, each with a partition of its own. */
    @Test
    void snapshotRowsChangesAndDeletionsArrive() {
        try (ChangeTopic topic = topic("mixed")) {
            topic.send(key(1), snapshot(10, row(1, "one", "[1.0,2.0,3.0]")));
            topic.send(key(2), snapshot(10, row(2, "two", "[4.0,5.0,6.0]")));
            topic.send(key(3), insert(20, row(3, "three", "\"[7,8,9]\"")));
            run(topic);
            awaitRows("mixed", "1|one|1,2,3", "2|two|4,5,6", "3|three|7,8,9");
            topic.send(key(1), update(30, row(1, "uno", "[1.5,2.0,3.0]")));
            topic.send(key(2), delete(40, 2));
            topic.send(key(2), (String) null);
            topic.flush();
            awaitRows("mixed", "1|uno|1.5,2,3", "3|three|7,8,9");
        }
    }

    /** kafka-connect-milvus 1.0 ends its task with the whole batch. */
    @Test
    void aRowOfAnotherDimensionGoesToTheDeadLetterQueueAndTheOthersOfItsBatchArrive() {
        try (ChangeTopic topic = topic("wrong")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            topic.send(key(2), insert(11, row(2, "short", "[1,2]")));
            topic.send(key(3), insert(12, row(3, "three", "[4,5,6]")));
            run(topic);
            awaitRows("wrong", "1|one|1,2,3", "3|three|4,5,6");
            assertThat(topic.readAll(topic.name() + ".dlq"))
                    .singleElement()
                    .extracting(letter -> new String(letter.key(), StandardCharsets.UTF_8))
                    .isEqualTo(key(2));
        }
    }

    /** kafka-connect-milvus 1.0 skips the update, and Debezium Server's sink ends on it. */
    @Test
    void anUpdateOfMetadataKeepsTheVectorThatTheLogLeftOut() {
        try (ChangeTopic topic = topic("metadata")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            awaitRows("metadata", "1|one|1,2,3");
            topic.send(key(1), update(20, row(1, "uno", "null")));
            topic.flush();
            awaitRows("metadata", "1|uno|1,2,3");
        }
    }

    /** kafka-connect-milvus 1.0 keeps the old row and loses the new one. */
    @Test
    void aChangeOfThePrimaryKeyMovesTheRow() {
        try (ChangeTopic topic = topic("moved")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            awaitRows("moved", "1|one|1,2,3");
            topic.send(key(1), delete(20, 1));
            topic.send(key(1), (String) null);
            topic.send(key(9), insert(20, row(9, "one", "[1,2,3]")));
            topic.flush();
            awaitRows("moved", "9|one|1,2,3");
        }
    }

    @Test
    void aFieldWithADotArrivesAndAColumnIdBesideAKeyOfAnotherNameGoesToTheDeadLetterQueue() {
        try (ChangeTopic topic = topic("names")) {
            topic.send("{\"doc_id\":1}", insert(10, "{\"doc_id\":1,\"meta.lang\":\"en\",\"embedding\":[1,2,3]}"));
            topic.send("{\"doc_id\":2}", insert(11, "{\"doc_id\":2,\"id\":99,\"embedding\":[1,2,3]}"));
            run(topic);
            awaitColumns("names", "{\"id\":1,\"meta.lang\":\"en\"}");
            Awaitility.await().atMost(WAIT).untilAsserted(() -> assertThat(topic.readAll(topic.name() + ".dlq"))
                    .extracting(letter -> new String(letter.key(), StandardCharsets.UTF_8))
                    .containsExactly("{\"doc_id\":2}"));
            assertThat(worker.failure(topic.name())).isEmpty();
        }
    }

    /** Each batch is written before the next one is sent. */
    @Test
    void wholeNumbersAndFractionsOfOneFieldArriveInAnyOrder() {
        for (String order : List.of("123", "213")) {
            try (ChangeTopic topic = topic("prices" + order)) {
                topic.sendTo(0, key(4), "{\"id\":4,\"embedding\":[1,0,0.5]}");
                run(topic);
                awaitColumns("prices" + order, "{\"id\":4}");
                for (int i = 0; i < order.length(); i++) {
                    char id = order.charAt(i);
                    String price = Map.of('1', "5", '2', "5.5", '3', "7").get(id);
                    String row = "{\"id\":%s,\"price\":%s,\"embedding\":[1,0,0.5]}".formatted(id, price);
                    topic.sendTo(0, "{\"id\":%s}".formatted(id), row);
                }
                topic.flush();
                awaitColumns(
                        "prices" + order,
                        "{\"id\":1,\"price\":5.0}",
                        "{\"id\":2,\"price\":5.5}",
                        "{\"id\":3,\"price\":7.0}",
                        "{\"id\":4}");
                assertThat(topic.readAll(topic.name() + ".dlq")).isEmpty();
            }
        }
    }

    /** Neither task knows what the other one has written. */
    @Test
    void aTruncationIsReportedWhereSeveralTasksShareTheTopic() {
        try (ChangeTopic topic = topic("shared_emptied")) {
            topic.sendTo(1, key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            awaitRows("shared_emptied", "1|one|1,2,3");
            topic.sendTo(0, null, truncate(20));
            topic.flush();
            Awaitility.await().atMost(WAIT).untilAsserted(() -> assertThat(topic.readAll(topic.name() + ".dlq"))
                    .hasSize(1));
            awaitRows("shared_emptied", "1|one|1,2,3");
        }
    }

    @Test
    void aTruncationByTheOnlyTaskEmptiesTheCollection() {
        try (ChangeTopic topic = new ChangeTopic(broker.bootstrapServers(), "app.public.emptied", 1)) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            topic.flush();
            Map<String, String> settings = settings(topic);
            settings.put("tasks.max", "1");
            worker.run(topic.name(), settings);
            awaitRows("emptied", "1|one|1,2,3");
            topic.send((String) null, truncate(20));
            topic.send(key(2), insert(30, row(2, "two", "[4,5,6]")));
            topic.flush();
            awaitRows("emptied", "2|two|4,5,6");
        }
    }

    /** A batch may reach Milvus 2.3 with a key twice, which keeps both rows; ours never does. */
    @Test
    void aServerThatIsKilledIsWaitedForAndNoRowStandsTwice() {
        try (ChangeTopic topic = topic("killed")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            awaitRows("killed", "1|one|1,2,3");
            milvus.kill();
            for (int version = 1; version <= 50; version++) {
                topic.send(key(1), update(20 + version, row(1, "version " + version, "[1,2,%d]".formatted(version))));
            }
            topic.send(key(2), insert(99, row(2, "two", "[4,5,6]")));
            topic.flush();
            milvus.startAgain();
            awaitRows("killed", "1|version 50|1,2,50", "2|two|4,5,6");
            assertThat(worker.failure(topic.name())).isEmpty();
        }
    }

    @Test
    void twoWorkersShareTheTasksAndTheLivingOneTakesOverThoseOfTheDeadOne() {
        try (ChangeTopic topic = topic("shared");
                ConnectWorker second = ConnectWorker.start(directory.resolve("second"), broker.bootstrapServers())) {
            sendAll(topic, 10, "first");
            run(topic);
            Awaitility.await("both have a task")
                    .atMost(WAIT)
                    .until(() -> worker.workersOf(topic.name()).size() == PARTITIONS);
            sendAll(topic, 100, "second");
            second.kill();
            sendAll(topic, 200, "third");
            awaitRows("shared", allRows("third|1,2,200"));
            Awaitility.await("the living one has both tasks")
                    .atMost(WAIT)
                    .until(() -> worker.workersOf(topic.name()).size() == 1);
            sendAll(topic, 300, "fourth");
            awaitRows("shared", allRows("fourth|1,2,300"));
            assertThat(worker.failure(topic.name())).isEmpty();
        }
    }

    private static String[] allRows(String content) {
        return IntStream.rangeClosed(1, SHARED_ROWS)
                .mapToObj(id -> id + "|" + content)
                .toArray(String[]::new);
    }

    private static void sendAll(ChangeTopic topic, int position, String title) {
        for (int id = 1; id <= SHARED_ROWS; id++) {
            topic.send(key(id), update(position + id, row(id, title, "[1,2,%d]".formatted(position))));
        }
        topic.flush();
    }

    @Test
    void aBadSettingIsRefusedByItsName() {
        try (ChangeTopic topic = topic("refused")) {
            Map<String, String> settings = settings(topic);
            settings.put("insert.mode", "insert");
            settings.put("milvus.index.metric", "manhattan");
            settings.put("milvus.urj", "x");
            assertThat(worker.refusal("refused", settings))
                    .contains("insert.mode")
                    .contains("milvus.index.metric")
                    .contains("milvus.urj: unknown key, did you mean uri?");
        }
    }

    private ChangeTopic topic(String table) {
        return new ChangeTopic(broker.bootstrapServers(), "app.public." + table, PARTITIONS);
    }

    private void run(ChangeTopic topic) {
        topic.flush();
        worker.run(topic.name(), settings(topic));
    }

    private Map<String, String> settings(ChangeTopic topic) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "connector.class",
                MilvusSinkConnector.class.getName(),
                "topics",
                topic.name(),
                "tasks.max",
                Integer.toString(PARTITIONS),
                "milvus.uri",
                milvus.uri(),
                "vector.field",
                "embedding",
                "errors.tolerance",
                "all",
                "errors.deadletterqueue.topic.name",
                topic.name() + ".dlq",
                "errors.deadletterqueue.topic.replication.factor",
                "1"));
        settings.put("key.converter", JSON);
        settings.put("value.converter", JSON);
        settings.put("key.converter.schemas.enable", "false");
        settings.put("value.converter.schemas.enable", "false");
        return settings;
    }

    private void awaitRows(String collection, String... rows) {
        await(ROWS, collection, rows);
    }

    private void awaitColumns(String collection, String... rows) {
        await(COLUMNS, collection, rows);
    }

    private void await(String script, String collection, String... rows) {
        // A server that starts refuses to read a collection until it is loaded again.
        Awaitility.await()
                .atMost(WAIT)
                .ignoreExceptionsInstanceOf(IllegalStateException.class)
                .untilAsserted(() -> assertThat(
                                PYTHON.run(script, milvus.uri(), collection).lines())
                        .containsExactly(rows));
    }
}
