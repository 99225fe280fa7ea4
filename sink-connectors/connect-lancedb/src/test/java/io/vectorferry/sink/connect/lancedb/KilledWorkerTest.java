package io.vectorferry.sink.connect.lancedb;

import static io.vectorferry.sink.connect.tests.Envelope.insert;
import static io.vectorferry.sink.connect.tests.Envelope.key;
import static io.vectorferry.sink.connect.tests.Envelope.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vectorferry.contracts.codec.Codecs;
import io.vectorferry.contracts.message.RecordKey;
import io.vectorferry.contracts.message.SourceKey;
import io.vectorferry.contracts.message.SourcePosition;
import io.vectorferry.contracts.message.TargetKey;
import io.vectorferry.contracts.message.TargetRecord;
import io.vectorferry.contracts.row.Field;
import io.vectorferry.contracts.row.FieldType;
import io.vectorferry.contracts.row.Row;
import io.vectorferry.contracts.row.Value;
import io.vectorferry.contracts.row.Vector;
import io.vectorferry.contracts.row.VectorColumn;
import io.vectorferry.contracts.row.VectorElement;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.sink.connect.tests.ChangeTopic;
import io.vectorferry.sink.connect.tests.ConnectWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that is killed, and the topic of a pipeline. */
final class KilledWorkerTest {
    private static final int ROWS = 3_000;
    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    @TempDir
    Path directory;

    @Test
    void aWorkerKilledWhileItWritesLeavesNoDoublesAndNoGaps() {
        LanceTables tables = new LanceTables(directory.resolve("lance"));
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
                ChangeTopic topic = new ChangeTopic(broker.bootstrapServers(), "app.public.articles", 2)) {
            Map<String, String> settings = tables.settings(topic);
            settings.put("batch.size", "100");
            settings.put("consumer.override.max.poll.records", "100");
            for (int id = 0; id < ROWS; id++) {
                topic.send(key(id), insert(id + 1, row(id, "t", "[1,2,%d]".formatted(id))));
            }
            topic.flush();
            try (ConnectWorker first = ConnectWorker.start(directory, broker.bootstrapServers())) {
                first.run("articles", settings);
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> !tables.rows("articles").isEmpty());
                first.kill();
            }
            for (int id = 0; id < 10; id++) {
                topic.send(key(id), (String) null);
            }
            topic.flush();
            try (ConnectWorker second = ConnectWorker.start(directory, broker.bootstrapServers())) {
                await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> assertThat(tables.rows("articles"))
                        .hasSize(ROWS - 10)
                        .doesNotHaveDuplicates()
                        .contains("10|t|1,2,10", "2999|t|1,2,2999"));
                assertThat(second.failure("articles")).isEmpty();
            }
        }
    }

    @Test
    void theRecordsOfAPipelineAreWrittenToATableForEachOfTheirCollections() {
        LanceTables tables = new LanceTables(directory.resolve("lance"));
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("kafka"));
                ChangeTopic topic = new ChangeTopic(broker.bootstrapServers(), "demo.records", 2)) {
            record(topic, "public.articles", 1, "one");
            record(topic, "public.notes", 1, "note");
            record(topic, "public.articles", 2, "two");
            topic.send(keyBytes("public.articles", 2), null);
            topic.flush();
            try (ConnectWorker worker = ConnectWorker.start(directory, broker.bootstrapServers())) {
                Map<String, String> settings = tables.settings(topic);
                settings.put("record.format", "vectorferry");
                settings.put("key.converter", BYTES);
                settings.put("value.converter", BYTES);
                settings.keySet().removeIf(key -> key.endsWith("schemas.enable"));
                worker.run("records", settings);
                tables.awaitRows("articles", "1|one|1,2,3");
                tables.awaitRows("notes", "1|note|1,2,3");
            }
        }
    }

    private static byte @Nullable [] keyBytes(String collection, long id) {
        return Codecs.RECORD_KEY.encode(new RecordKey.OfRow(new TargetKey(collection, new TargetKey.NumberId(id))));
    }

    private static void record(ChangeTopic topic, String collection, long id, String title) {
        VectorColumn vector = new VectorColumn("embedding", VectorElement.FLOAT32, 3, Vector.ofFloats(1, 2, 3));
        Field field = new Field("title", FieldType.of(FieldType.Name.TEXT), new Value.Text(title));
        TargetRecord record = new TargetRecord.Upsert(
                new SourceKey(collection, List.of(new Value.Whole(id))),
                SourcePosition.stream(1, 10, 0),
                0,
                new Row(vector, List.of(field)));
        topic.send(keyBytes(collection, id), Codecs.RECORD.encode(record));
    }
}
