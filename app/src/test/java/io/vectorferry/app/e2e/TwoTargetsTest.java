package io.vectorferry.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.vectorferry.deploy.broker.EmbeddedBroker;
import io.vectorferry.deploy.server.MilvusServer;
import io.vectorferry.deploy.server.PostgresServer;
import io.vectorferry.deploy.server.PythonEnvironment;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One pipeline into LanceDB and Milvus while an application writes; Milvus is killed, ferry is killed, the log is replayed. */
class TwoTargetsTest {
    private static final int ROWS = 5_000;
    private static final int DIMENSION = 128;
    private static final int PARTITIONS = 2;
    private static final double LITTLE_LAG_SECONDS = 5;
    private static final Duration WAIT = Duration.ofMinutes(4);

    /** The ids from here on are left alone by the application. */
    private static final long QUIET = 4_000;

    /** One row less, one changed, one more. */
    private static final String PLANT = """
            import sys
            from pymilvus import MilvusClient
            client = MilvusClient(sys.argv[1])
            rows = client.query("articles", filter="id in [4001, 4002, 4003]", output_fields=["*"], consistency_level="Strong")
            by_id = {row["id"]: dict(row) for row in rows}
            client.delete("articles", ids=[4001])
            client.upsert("articles", [{**by_id[4002], "title": "somebody else's"}, {**by_id[4003], "id": 990000001}])
            """;

    @TempDir
    Path directory;

    @Test
    void aKilledMilvusLosesNothingAndTheOtherTargetGoesOn() {
        try (PostgresServer postgres = PostgresServer.forTest();
                MilvusServer milvus = MilvusServer.forTest();
                EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("outside-kafka"))) {
            SourceTable source = new SourceTable(postgres, DIMENSION);
            source.create();
            source.fill(1, ROWS, 3);
            Pipeline pipeline = new Pipeline(directory, postgres);
            pipeline.addTarget("{name: vectors, milvus: {uri: \"%s\", collection: articles}}".formatted(milvus.uri()));
            pipeline.write("nullVectors: skip%nkafka: {bootstrap.servers: \"%s\", partitions: %d}%n"
                    .formatted(broker.bootstrapServers(), PARTITIONS));

            copyWhileMilvusIsKilled(pipeline, source, milvus);
            pipeline.catchUp();
            assertBothEqualTheSource(pipeline, source, milvus);

            replayIntoMilvus(broker);
            source.execute("UPDATE articles SET views = 0 WHERE id < 100", "DELETE FROM articles WHERE id < 50");
            pipeline.catchUp();
            assertBothEqualTheSource(pipeline, source, milvus);
            pipeline.verify("--no-pipeline", "--target", "vectors");
        }
    }

    private static void copyWhileMilvusIsKilled(Pipeline pipeline, SourceTable source, MilvusServer milvus) {
        try (MixedWriter writer = MixedWriter.start(source, DIMENSION, QUIET, 5)) {
            FerryProcess ferry = pipeline.start("run");
            try {
                await(pipeline, "vectors", TwoTargetsTest::hasLittleLag);
                milvus.kill();
                long atKill = writer.writes();
                await(pipeline, "vectors", target -> target.at("/state")
                        .asText()
                        .equals("retrying"));
                Awaitility.await().atMost(WAIT).until(() -> writer.writes() > atKill + 500);
                await(pipeline, "lake", TwoTargetsTest::hasLittleLag);
                milvus.startAgain();
                await(pipeline, "vectors", TwoTargetsTest::hasLittleLag);
                repairsMilvus(pipeline, milvus);
                assertThat(ferry.isAlive()).as(ferry.output()).isTrue();
            } finally {
                ferry.kill();
            }
        }
    }

    private static void repairsMilvus(Pipeline pipeline, MilvusServer milvus) {
        PythonEnvironment.pymilvus().run(PLANT, milvus.uri());
        Map<String, String> kinds = new HashMap<>();
        JsonNode report = pipeline.verify("--target", "vectors", "--repair");
        report.at("/diff/examples")
                .forEach(example -> kinds.put(
                        example.at("/id").asText(), example.at("/kind").asText()));
        assertThat(kinds).isEqualTo(Map.of("4001", "missing", "4002", "mismatched", "990000001", "extra"));
        assertThat(report.at("/repair/mended").asInt()).isEqualTo(3);
    }

    private static boolean hasLittleLag(JsonNode target) {
        return target.at("/lagSeconds").isNumber() && target.at("/lagSeconds").asDouble() < LITTLE_LAG_SECONDS;
    }

    private static void await(Pipeline pipeline, String target, Predicate<JsonNode> state) {
        Awaitility.await(target)
                .atMost(WAIT)
                .pollInterval(Duration.ofMillis(200))
                .until(() -> find(pipeline, target).filter(state).isPresent());
    }

    private static Optional<JsonNode> find(Pipeline pipeline, String target) {
        return pipeline.status().flatMap(status -> {
            for (JsonNode found : status.at("/targets")) {
                if (found.at("/name").asText().equals(target)) {
                    return Optional.of(found);
                }
            }
            return Optional.empty();
        });
    }

    private static void replayIntoMilvus(EmbeddedBroker broker) {
        Map<TopicPartition, OffsetAndMetadata> zero = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            zero.put(new TopicPartition("articles.records", partition), new OffsetAndMetadata(0));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            Awaitility.await("the group is empty").atMost(WAIT).until(() -> {
                try {
                    admin.alterConsumerGroupOffsets("articles.sink.vectors", zero)
                            .all()
                            .get();
                    return true;
                } catch (ExecutionException e) {
                    return false;
                }
            });
        }
    }

    private static void assertBothEqualTheSource(Pipeline pipeline, SourceTable source, MilvusServer milvus) {
        Map<String, String> expected = new HashMap<>(source.digests());
        try (var connection = source.connect();
                var statement = connection.createStatement();
                ResultSet nulls = statement.executeQuery("SELECT id FROM articles WHERE embedding IS NULL")) {
            while (nulls.next()) {
                expected.remove(nulls.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        assertThat(pipeline.target().digests(SourceTable.COLUMNS)).as("LanceDB").isEqualTo(expected);
        assertThat(new MilvusRows(milvus, "articles").digests(SourceTable.COLUMNS))
                .as("Milvus")
                .isEqualTo(expected);
    }
}
