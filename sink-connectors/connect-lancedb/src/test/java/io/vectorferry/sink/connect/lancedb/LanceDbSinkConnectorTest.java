package io.vectorferry.sink.connect.lancedb;

import static io.vectorferry.sink.connect.tests.Envelope.change;
import static io.vectorferry.sink.connect.tests.Envelope.delete;
import static io.vectorferry.sink.connect.tests.Envelope.insert;
import static io.vectorferry.sink.connect.tests.Envelope.key;
import static io.vectorferry.sink.connect.tests.Envelope.row;
import static io.vectorferry.sink.connect.tests.Envelope.snapshot;
import static io.vectorferry.sink.connect.tests.Envelope.truncate;
import static io.vectorferry.sink.connect.tests.Envelope.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.sink.connect.tests.ChangeTopic;
import io.vectorferry.sink.connect.tests.ConnectWorker;
import io.vectorferry.sink.connect.tests.PluginArchive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
    private static final Duration WAIT = Duration.ofSeconds(60);

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
    void aFieldWithADotAndAColumnIdBesideAKeyOfAnotherNameArrive() {
        try (ChangeTopic topic = topic("names")) {
            topic.send(
                    "{\"doc_id\":1}",
                    insert(10, "{\"doc_id\":1,\"id\":99,\"meta.lang\":\"en\",\"embedding\":[1,2,3]}"));
            run(topic);
            tables.awaitColumns(
                    "names", "{\"embedding\":[1.0,2.0,3.0],\"id\":1,\"id_bf396750\":99,\"meta_lang\":\"en\"}");
            assertThat(topic.readAll(topic.name() + ".dlq")).isEmpty();
        }
    }

    /** Their keys are numbers, so that JsonConverter writes the map as an array of pairs. */
    @Test
    void sparseVectorsArriveFromJsonWithAndWithoutASchema() {
        String vector = "{\"dimensions\":5,\"vector\":[[1,1.5],[3,2.0]]}";
        String stored = "{\"embedding\":{\"indices\":[0,2],\"values\":[1.5,2.0]},\"id\":%d,\"title\":\"%s\"}";
        try (ChangeTopic topic = topic("sparse");
                ChangeTopic typed = topic("sparse_typed")) {
            topic.send(key(1), insert(10, row(1, "none", "null")));
            topic.send(key(2), insert(11, row(2, "a", vector)));
            topic.send(key(3), insert(12, row(3, "no pair", vector.replace("[3,2.0]", "[3]"))));
            run(topic);
            tables.awaitColumns("sparse", "{\"embedding\":null,\"id\":1,\"title\":\"none\"}", stored.formatted(2, "a"));
            assertThat(topic.readAll(topic.name() + ".dlq"))
                    .singleElement()
                    .satisfies(letter -> assertThat(reason(letter)).contains("not a pair"));

            String type = """
                    {"field":"title","type":"string","optional":true},\
                    {"field":"embedding","type":"struct","optional":true,"name":"io.debezium.data.SparseDoubleVector",\
                    "fields":[{"field":"dimensions","type":"int16"},\
                    {"field":"vector","type":"map","keys":{"type":"int16"},"values":{"type":"double"}}]}""";
            typed.send(typedKey(1), typedRow(type, row(1, "none", "null")));
            typed.send(typedKey(2), typedRow(type, row(2, "a", vector)));
            runTyped(typed);
            tables.awaitColumns(
                    "sparse_typed", "{\"embedding\":null,\"id\":1,\"title\":\"none\"}", stored.formatted(2, "a"));
        }
    }

    @Test
    void wholeNumbersAndFractionsOfOneFieldAreAllFloats() {
        for (String order : List.of("123", "213")) {
            try (ChangeTopic topic = topic("prices" + order)) {
                order.chars().map(Character::getNumericValue).forEach(id -> topic.send(key(id), price(id)));
                run(topic);
                String[] expected = {priced(1, "5.0"), priced(2, "5.5"), priced(3, "7.0")};
                tables.awaitColumns("prices" + order, expected);
                assertThat(topic.readAll(topic.name() + ".dlq")).isEmpty();
            }
        }
    }

    /** In a table that an earlier batch has filled. */
    @Test
    void aColumnOfWholeNumbersBecomesFloatsUnlessOneWouldBeRounded() {
        try (ChangeTopic topic = topic("widened")) {
            topic.send(key(1), insert(1, "{\"id\":1,\"price\":5,\"big\":9007199254740993,\"embedding\":[1,0,0.5]}"));
            run(topic);
            tables.awaitColumns(
                    "widened", "{\"big\":9007199254740993,\"embedding\":[1.0,0.0,0.5],\"id\":1,\"price\":5}");
            topic.send(key(2), insert(2, "{\"id\":2,\"price\":5.5,\"big\":7.0,\"embedding\":[1,0,0.5]}"));
            topic.send(key(3), insert(3, "{\"id\":3,\"price\":7,\"big\":0.5,\"embedding\":[1,0,0.5]}"));
            topic.flush();
            tables.awaitColumns(
                    "widened",
                    "{\"big\":9007199254740993,\"embedding\":[1.0,0.0,0.5],\"id\":1,\"price\":5.0}",
                    "{\"big\":7,\"embedding\":[1.0,0.0,0.5],\"id\":2,\"price\":5.5}");
            await().atMost(WAIT).untilAsserted(() -> assertThat(topic.readAll(topic.name() + ".dlq"))
                    .singleElement()
                    .satisfies(letter -> assertThat(reason(letter)).contains("column big")));
        }
    }

    private static String price(int id) {
        String price = List.of("5", "5.5", "7").get(id - 1);
        return "{\"id\":%d,\"price\":%s,\"embedding\":[1,0,0.5]}".formatted(id, price);
    }

    private static String priced(int id, String price) {
        return "{\"embedding\":[1.0,0.0,0.5],\"id\":%d,\"price\":%s}".formatted(id, price);
    }

    /** A {@code topics.regex} takes in Debezium's own topics. */
    @Test
    void heartbeatsAndMarksOfTransactionsAreNoRows() {
        try (ChangeTopic rows = topic("beating");
                ChangeTopic beats = new ChangeTopic(broker.bootstrapServers(), "__debezium-heartbeat.app", 1);
                ChangeTopic transactions = new ChangeTopic(broker.bootstrapServers(), "app.transaction", 1)) {
            beats.send("{\"serverName\":\"app\"}", "{\"ts_ms\":1763700000100}");
            transactions.send(
                    "{\"id\":\"742:10\"}",
                    "{\"status\":\"BEGIN\",\"id\":\"742:10\",\"event_count\":null,\"data_collections\":null,\"ts_ms\":1}");
            beats.flush();
            transactions.flush();
            rows.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            rows.flush();
            Map<String, String> settings = withoutTolerance(rows);
            settings.remove("topics");
            settings.put("topics.regex", "app\\.public\\.beating|app\\.transaction|__debezium-heartbeat.*");
            worker.run(rows.name(), settings);
            tables.awaitRows("beating", "1|one|1,2,3");
            beats.send("{\"serverName\":\"app\"}", "{\"ts_ms\":1763700000200}");
            beats.flush();
            rows.send(key(2), insert(11, row(2, "two", "[1,2,3]")));
            rows.flush();
            tables.awaitRows("beating", "1|one|1,2,3", "2|two|1,2,3");
            assertThat(worker.failure(rows.name())).isEmpty();
        }
    }

    @Test
    void recordsThatAreNoChangesGoToTheDeadLetterQueueWithoutTheirContent() {
        try (ChangeTopic topic = topic("foreign")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            for (String value : List.of("\"MARKER\"", "5", "[\"MARKER\"]", "{\"x\":\"MARKER\"}", "{}")) {
                topic.send(key(2), value);
            }
            topic.send((String) null, (String) null);
            topic.send((String) null, insert(11, row(3, "MARKER", "[1,2,3]")));
            topic.send("{\"id\":\"MARKER\"}", insert(12, row(4, "MARKER", "[1,2,3]")));
            topic.send("{\"id\":\"MARKER\"}", (String) null);
            topic.send(key(5), insert(13, row(5, "MARKER", "[1,\"MARKER\"]")));
            topic.send(key(6), insert(14, row(6, "MARKER", "{\"dimensions\":3,\"vector\":{\"MARKER\":1}}")));
            topic.send(key(7), change("x", 15, null, row(7, "MARKER", "[1,2,3]")));
            topic.send(key(8), insert(16, row(8, "last", "[4,5,6]")));
            run(topic);
            tables.awaitRows("foreign", "1|one|1,2,3", "8|last|4,5,6");
            assertThat(topic.readAll(topic.name() + ".dlq")).hasSize(11).allSatisfy(letter -> assertThat(reason(letter))
                    .isNotEmpty()
                    .doesNotContain("MARKER"));
            assertThat(worker.failure(topic.name())).isEmpty();
        }
    }

    /** Found only when the batch is written, which must not make its offset count. */
    @Test
    void withoutToleranceARowThatCannotBeFilledFailsTheTaskAndIsNotPassedOver() {
        try (ChangeTopic topic = topic("strict")) {
            topic.send(key(1), insert(10, row(1, "one", "[1,2,3]")));
            topic.send(key(2), update(11, row(2, "unknown", "\"__debezium_unavailable_value\"")));
            topic.flush();
            worker.put(topic.name(), withoutTolerance(topic));
            await().atMost(WAIT).untilAsserted(() -> assertThat(worker.failure(topic.name()))
                    .contains("REPLICA IDENTITY FULL")
                    .contains("record app.public.strict-0@1"));
            topic.send(key(2), insert(12, row(2, "two", "[1,2,3]")));
            topic.flush();
            worker.delete(topic.name());
            worker.run(topic.name() + "-tolerant", tables.settings(topic));
            tables.awaitRows("strict", "1|one|1,2,3", "2|two|1,2,3");
        }
    }

    private Map<String, String> withoutTolerance(ChangeTopic topic) {
        Map<String, String> settings = tables.settings(topic);
        settings.keySet().removeIf(key -> key.startsWith("errors."));
        return settings;
    }

    @Test
    void infiniteTimestampsAreTheEndsOfTheRangeAndOnesBeyondItAreReported() {
        try (ChangeTopic topic = topic("until")) {
            String type = """
                    {"field":"title","type":"string","optional":true,"name":"io.debezium.time.ZonedTimestamp"},\
                    {"field":"plain","type":"int64","optional":true,"name":"io.debezium.time.MicroTimestamp"},\
                    {"field":"embedding","type":"array","optional":true,"name":"io.debezium.data.DoubleVector",\
                    "items":{"type":"double","optional":true}}""";
            String vector = "[1.0,2.0,3.0],\"plain\":%d";
            topic.send(typedKey(1), typedRow(type, row(1, "infinity", vector.formatted(9223372036825200000L))));
            topic.send(typedKey(2), typedRow(type, row(2, "+292278994-08-16T23:00:00Z", vector.formatted(0))));
            runTyped(topic);
            tables.awaitColumns(
                    "until",
                    "{\"embedding\":[1.0,2.0,3.0],\"id\":1,\"plain\":9223372036854775807,\"title\":9223372036854775807}");
            assertThat(topic.readAll(topic.name() + ".dlq"))
                    .singleElement()
                    .satisfies(letter -> assertThat(reason(letter)).contains("field title is not a TIMESTAMPTZ"));
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
            String type = """
                    {"field":"title","type":"string","optional":true},\
                    {"field":"embedding","type":"array","optional":true,"name":"io.debezium.data.DoubleVector",\
                    "items":{"type":"double","optional":true}}""";
            topic.send(typedKey(1), typedRow(type, row(1, "one", "[0.1,2.0,3.0]")));
            runTyped(topic);
            tables.awaitRows("typed", "1|one|0.1,2,3");
        }
    }

    private void runTyped(ChangeTopic topic) {
        topic.flush();
        Map<String, String> settings = tables.settings(topic);
        settings.remove("vector.field");
        settings.put("key.converter.schemas.enable", "true");
        settings.put("value.converter.schemas.enable", "true");
        worker.run(topic.name(), settings);
    }

    private static String typedKey(int id) {
        return "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"id\",\"type\":\"int32\"}]},\"payload\":{\"id\":%d}}"
                .formatted(id);
    }

    /** @param columns beside {@code id} */
    private static String typedRow(String columns, String after) {
        String row = "\"type\":\"struct\",\"optional\":true,\"fields\":[{\"field\":\"id\",\"type\":\"int32\"},%s]"
                .formatted(columns);
        String schema = """
                {"type":"struct","name":"app.Envelope","fields":[\
                {"field":"before",%s},{"field":"after",%s},{"field":"op","type":"string"}]}""".formatted(row, row);
        return "{\"schema\":%s,\"payload\":{\"before\":null,\"after\":%s,\"op\":\"c\"}}".formatted(schema, after);
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
