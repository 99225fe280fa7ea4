package io.vectorferry.sink.connect.lancedb;

import static io.vectorferry.sink.connect.tests.Envelope.delete;
import static io.vectorferry.sink.connect.tests.Envelope.insert;
import static io.vectorferry.sink.connect.tests.Envelope.key;
import static io.vectorferry.sink.connect.tests.Envelope.row;
import static io.vectorferry.sink.connect.tests.Envelope.snapshot;
import static io.vectorferry.sink.connect.tests.Envelope.truncate;
import static io.vectorferry.sink.connect.tests.Envelope.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.vectorferry.deploy.EmbeddedBroker;
import io.vectorferry.sink.connect.tests.ChangeTopic;
import io.vectorferry.sink.connect.tests.ConnectWorker;
import io.vectorferry.sink.connect.tests.PluginArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The archive in a real worker. What is sent before a connector runs is one batch of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LanceDbSinkConnectorTest {
    private EmbeddedBroker broker;
    private ConnectWorker worker;
    private LanceTables tables;

    @BeforeAll
    void start(@TempDir Path directory) {
        tables = new LanceTables(directory.resolve("lance"));
        broker = EmbeddedBroker.start(directory.resolve("kafka"));
        worker = ConnectWorker.start(directory, broker.bootstrapServers());
    }

    @AfterAll
    void stop() {
        worker.close();
        broker.close();
    }

    private ChangeTopic topic(String table) {
        return new ChangeTopic(broker.bootstrapServers(), "app.public." + table, 1);
    }

    private void run(ChangeTopic topic) {
        topic.flush();
        worker.run(topic.name(), tables.settings(topic));
    }

    @Test
    void theArchiveHoldsTheConnectorAndNothingThatTheWorkerBrings() throws IOException {
        assertThat(PluginArchive.standard().names())
                .anyMatch(name -> name.matches("[^/]+/lib/vectorferry-sink-connect-lancedb-.*\\.jar"))
                .anyMatch(name -> name.endsWith("/LICENSE"))
                .anyMatch(name -> name.endsWith("/README.md"))
                .anyMatch(name -> name.endsWith("/manifest.json"))
                .noneMatch(name -> name.contains("kafka-clients") || name.contains("slf4j-api"));
        assertThat(worker.plugins().toString()).contains(LanceDbSinkConnector.class.getName());
    }

    @Test
    void snapshotRowsChangesAndDeletionsArrive() {
        try (ChangeTopic topic = topic("mixed")) {
            topic.send(key(1), snapshot(10, row(1, "one", "[1.0,2.0,3.0]")));
            topic.send(key(2), snapshot(10, row(2, "two", "[4.0,5.0,6.0]")));
            topic.send(key(3), insert(20, row(3, "three", "\"[7,8,9]\"")));
            run(topic);
            tables.awaitRows("mixed", "1|one|1,2,3", "2|two|4,5,6", "3|three|7,8,9");
            topic.send(key(1), update(30, row(1, "uno", "[1.5,2.0,3.0]")));
            topic.send(key(2), delete(40, 2));
            topic.send(key(2), (String) null);
            topic.flush();
            tables.awaitRows("mixed", "1|uno|1.5,2,3", "3|three|7,8,9");
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
            tables.awaitRows("wrong", "1|one|1,2,3", "3|three|4,5,6");
            assertThat(topic.readAll(topic.name() + ".dlq")).singleElement().satisfies(letter -> {
                assertThat(new String(letter.key(), StandardCharsets.UTF_8)).isEqualTo(key(2));
                assertThat(reason(letter)).contains("dimension_mismatch").contains("2 dimensions");
            });
        }
    }

    private static String reason(ConsumerRecord<byte[], byte[]> letter) {
        return new String(
                letter.headers()
                        .lastHeader("__connect.errors.exception.message")
                        .value(),
                StandardCharsets.UTF_8);
    }

    /** The weaviate connector brings the row back. */
    @Test
    void aRowThatIsWrittenAndDeletedInOneBatchStaysDeletedAndOneThatIsDeletedAndWrittenIsThere() {
        try (ChangeTopic topic = topic("pair")) {
            topic.send(key(1), insert(10, row(1, "gone", "[1,2,3]")));
            topic.send(key(1), delete(11, 1));
            topic.send(key(1), (String) null);
            topic.send(key(2), insert(12, row(2, "old", "[1,2,3]")));
            topic.send(key(2), delete(13, 2));
            topic.send(key(2), (String) null);
            topic.send(key(2), insert(14, row(2, "new", "[4,5,6]")));
            run(topic);
            tables.awaitRows("pair", "2|new|4,5,6");
        }
    }

    /** The Qdrant sink may let the earlier of the two win. */
    @Test
    void ofTwoWritesOfAKeyInOneBatchTheNewerInTheSourcesLogWins() {
        try (ChangeTopic topic = topic("order")) {
            topic.send(key(1), insert(10, row(1, "first", "[1,2,3]")));
            topic.send(key(1), update(20, row(1, "last", "[1,2,4]")));
            topic.send(key(2), update(20, row(2, "newer", "[1,2,5]")));
            topic.send(key(2), update(10, row(2, "delivered late", "[0,0,0]")));
            topic.send(key(3), update(20, row(3, "stays", "[1,2,6]")));
            topic.send(key(3), delete(10, 3));
            topic.send(key(3), (String) null);
            run(topic);
            tables.awaitRows("order", "1|last|1,2,4", "2|newer|1,2,5", "3|stays|1,2,6");
        }
    }

    /** Debezium sends NULL for a vector and its placeholder for a text that an update left alone. */
    @Test
    void anUpdateOfMetadataKeepsTheVectorThatTheLogLeftOut() {
        try (ChangeTopic topic = topic("metadata")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            topic.send(key(2), insert(11, row(2, "two", "[4,5,6]")));
            topic.send(key(2), update(12, row(2, "two in the same batch", "null")));
            run(topic);
            tables.awaitRows("metadata", "1|one|1,2,3", "2|two in the same batch|4,5,6");
            topic.send(key(1), update(20, row(1, "uno", "null")));
            topic.send(key(2), update(21, row(2, "__debezium_unavailable_value", "[7,8,9]")));
            topic.flush();
            tables.awaitRows("metadata", "1|uno|1,2,3", "2|two in the same batch|7,8,9");
        }
    }

    @Test
    void aPlaceholderWithNoRowToFillItFromIsReportedAndNeverWritten() {
        try (ChangeTopic topic = topic("hole")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            topic.send(key(2), update(11, row(2, "unknown", "\"__debezium_unavailable_value\"")));
            run(topic);
            tables.awaitRows("hole", "1|one|1,2,3");
            assertThat(topic.readAll(topic.name() + ".dlq"))
                    .singleElement()
                    .satisfies(letter -> assertThat(reason(letter)).contains("REPLICA IDENTITY FULL"));
        }
    }

    /** kafka-connect-milvus 1.0 keeps the old row and loses the new one. */
    @Test
    void aChangeOfThePrimaryKeyMovesTheRow() {
        try (ChangeTopic topic = topic("moved")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            tables.awaitRows("moved", "1|one|1,2,3");
            topic.send(key(1), delete(20, 1));
            topic.send(key(1), (String) null);
            topic.send(key(9), insert(20, row(9, "one", "[1,2,3]")));
            topic.flush();
            tables.awaitRows("moved", "9|one|1,2,3");
        }
    }

    @Test
    void aTruncationEmptiesTheTableAndWhatIsInsertedAfterItStays() {
        try (ChangeTopic topic = topic("emptied")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            run(topic);
            tables.awaitRows("emptied", "1|one|1,2,3");
            topic.send(key(2), insert(20, row(2, "two", "[1,2,3]")));
            topic.send((String) null, truncate(30));
            topic.send(key(3), insert(40, row(3, "three", "[1,2,3]")));
            topic.flush();
            tables.awaitRows("emptied", "3|three|1,2,3");
        }
    }

    @Test
    void anUnwrappedRowAndItsRewrittenDeletionArrive() {
        try (ChangeTopic topic = topic("flat")) {
            topic.send(key(1), row(1, "one", "[1,2,3]"));
            topic.send(key(2), row(2, "two", "[1,2,3]"));
            topic.send(key(1), row(1, "one", "[1,2,3]").replace("}", ",\"__deleted\":\"true\"}"));
            run(topic);
            tables.awaitRows("flat", "2|two|1,2,3");
        }
    }

    @Test
    void eventsWithASchemaNeedNoNameOfTheVector() {
        try (ChangeTopic topic = topic("typed")) {
            String columns = """
                    [{"field":"id","type":"int32","optional":false},{"field":"title","type":"string","optional":true},\
                    {"field":"embedding","type":"array","optional":true,"name":"io.debezium.data.DoubleVector",\
                    "items":{"type":"double","optional":true}}]""";
            String schema = """
                    {"type":"struct","name":"app.public.typed.Envelope","fields":[\
                    {"field":"before","type":"struct","optional":true,"fields":%s},\
                    {"field":"after","type":"struct","optional":true,"fields":%s},{"field":"op","type":"string"}]}""".formatted(columns, columns);
            String after = row(1, "one", "[0.1,2.0,3.0]");
            topic.send(
                    "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"id\",\"type\":\"int32\"}]},\"payload\":{\"id\":1}}",
                    "{\"schema\":%s,\"payload\":{\"before\":null,\"after\":%s,\"op\":\"c\"}}".formatted(schema, after));
            topic.flush();
            Map<String, String> settings = tables.settings(topic);
            settings.remove("vector.field");
            settings.put("key.converter.schemas.enable", "true");
            settings.put("value.converter.schemas.enable", "true");
            worker.run(topic.name(), settings);
            tables.awaitRows("typed", "1|one|0.1,2,3");
        }
    }

    @Test
    void aBadSettingIsRefusedByItsName() {
        try (ChangeTopic topic = topic("refused")) {
            Map<String, String> settings = tables.settings(topic);
            settings.put("insert.mode", "insert");
            settings.put("lancedb.index.metric", "manhattan");
            settings.put("lancedb.urj", "x");
            settings.put("collection.name.format", "${table}");
            settings.put("batch.size", "0");
            assertThat(worker.refusal("refused", settings))
                    .contains("insert.mode")
                    .contains("lancedb.index.metric: must be one of l2, cosine, dot")
                    .contains("lancedb.urj: unknown key, did you mean uri?")
                    .contains("collection.name.format")
                    .contains("batch.size");
        }
    }
}
